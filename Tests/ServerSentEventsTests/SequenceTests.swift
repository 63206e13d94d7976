import ServerSentEvents
import Testing

@Suite struct SequenceTests {
    @Test("The events of a sequence of pieces come in order, and a cut one is discarded")
    func order() async throws {
        let pieces = ["data: a\n\ndata: ", "b\n", "\nid: 3\n\nda", "ta: c\n\n", "data: cut"].map { Array($0.utf8) }
        var texts: [String] = []
        var ids: [String] = []
        for try await event in Pieces(pieces: pieces).serverSentEvents() {
            texts.append(event.text)
            ids.append(event.id)
        }
        #expect(texts == ["a", "b", "c"])
        #expect(ids == ["", "", "3"])
    }

    @Test("Events before a line that is too long are given before the error")
    func limit() async throws {
        let bytes = Array("data: a\n\ndata: b\n\ndata: 0123456789\n\n".utf8)
        var texts: [String] = []
        do {
            let decoder = ServerSentEventDecoder(maximumLineBytes: 10)
            for try await event in Pieces(pieces: [bytes]).serverSentEvents(decoder: decoder) {
                texts.append(event.text)
            }
            Issue.record("the long line was accepted")
        } catch let error as ServerSentEventError {
            #expect(error.code == .lineTooLong)
        }
        #expect(texts == ["a", "b"])
    }

    @Test("What a reconnect needs can be read from the iterator")
    func reconnect() async throws {
        let pieces = [Array("retry: 20\nid: 4\ndata: x\n\n".utf8)]
        var iterator = Pieces(pieces: pieces).serverSentEvents().makeAsyncIterator()
        #expect(try await iterator.next()?.text == "x")
        #expect(iterator.decoder.lastEventID == "4")
        #expect(iterator.decoder.retryMs == 20)
        #expect(try await iterator.next() == nil)
    }
}

/// Pieces as an asynchronous sequence.
private struct Pieces: AsyncSequence {
    typealias Element = [UInt8]

    var pieces: [[UInt8]]

    func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>

        mutating func next() async -> [UInt8]? { rest.popFirst() }
    }
}

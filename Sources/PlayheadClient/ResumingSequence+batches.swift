import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ServerSentEvents

extension ResumingSequence.Batches {
    /// Connects, reads, waits and connects again, as `Reconnection` decides.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: PlayheadClient
        private let request: StreamRequest
        private var reader: any MessageReader<Item>
        private var reconnection: Reconnection
        private var action = Reconnection.Action.connect
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var decoder = Self.decoder
        private var messages: [ServerSentEvent] = []
        private var lastID: FrameID?

        init(_ sequence: ResumingSequence) {
            client = sequence.client
            request = sequence.request.keyed
            reader = sequence.makeReader()
            reconnection = Reconnection(options: sequence.client.options)
        }

        /// The elements that the next bytes complete; nil where the stream has ended.
        ///
        /// - Throws: `PlayheadClientError`, or `CancellationError` where the task is cancelled.
        public mutating func next() async throws -> [Item]? {
            while true {
                try Task.checkCancellation()
                switch action {
                case .connect: try await connect()
                case .wait(let reconnect):
                    body = nil
                    client.options.onReconnect?(reconnect)
                    try await Task.sleep(for: reconnect.delay)
                    action = .connect
                case .read:
                    if let batch = try await read() { return batch }
                case .refuse(let status):
                    let error = PlayheadClientError(status: status, body: await PlayheadClient.errorBody(&body))
                    finish()
                    throw error
                case .finish:
                    finish()
                    return nil
                case .fail(let error):
                    finish()
                    throw error
                }
            }
        }

        private mutating func connect() async throws {
            do {
                let response = try await client.execute(request.request(lastID: lastID))
                decoder = Self.decoder
                body = response.body.makeAsyncIterator()
                action = reconnection.answered(response.answer, now: .now)
            } catch {
                try Task.checkCancellation()
                action = reconnection.couldNotConnect(TransportFailure(error), now: .now)
            }
        }

        /// Reads one piece of the body; nil where it completed no element.
        private mutating func read() async throws -> [Item]? {
            let bytes: ByteBuffer?
            do {
                bytes = try await body?.next()
            } catch {
                try Task.checkCancellation()
                action = reconnection.cut(TransportFailure(error), now: .now)
                return nil
            }
            guard let bytes else {
                action = reconnection.endedCleanly(now: .now)
                return nil
            }
            messages.removeAll(keepingCapacity: true)
            do {
                try decoder.feed(bytes.readableBytesView, into: &messages)
            } catch {
                action = .fail(PlayheadClientError(.malformed, error.message, underlying: error))
            }
            reconnection.received(retryMs: decoder.retryMs)
            let batch = elements()
            return batch.isEmpty ? nil : batch
        }

        /// What came before a message that cannot be read is given first.
        private mutating func elements() -> [Item] {
            var batch: [Item] = []
            for message in messages {
                do {
                    guard let id = FrameID(message.id) else {
                        throw PlayheadClientError(.malformed, "“\(message.id)” is not the id of a frame")
                    }
                    switch try reader.read(message, id: id) {
                    case .element(let element): batch.append(element)
                    case .skip: break
                    case .last(let element):
                        batch.append(element)
                        action = .finish
                        return batch
                    }
                    lastID = id
                } catch let error as PlayheadClientError {
                    action = .fail(error)
                    return batch
                } catch {
                    action = .fail(.malformed("a message of the stream", message.data, error))
                    return batch
                }
            }
            return batch
        }

        private static var decoder: ServerSentEventDecoder {
            ServerSentEventDecoder(maximumLineBytes: Limits.messageBytes, maximumEventBytes: Limits.messageBytes)
        }

        private mutating func finish() {
            body = nil
            action = .finish
        }
    }
}

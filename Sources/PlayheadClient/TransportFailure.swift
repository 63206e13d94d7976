import AsyncHTTPClient
import Foundation
import NIOCore

/// Why a connection could not be made or was lost, in a few words.
struct TransportFailure: Error, CustomStringConvertible {
    let underlying: any Error
    let description: String

    init(_ error: any Error) {
        underlying = error
        description =
            switch error {
            case let failure as TransportFailure: failure.description
            case let error as HTTPClientError: Self.words(error)
            case let error as IOError: String(cString: strerror(error.errnoCode))
            default: PlayheadClientError.quote("\(error)".utf8)
            }
    }

    private static func words(_ error: HTTPClientError) -> String {
        switch error {
        case .remoteConnectionClosed: "the server closed it"
        case .readTimeout: "the server was silent for too long"
        case .connectTimeout, .deadlineExceeded: "no answer in time"
        default: error.shortDescription
        }
    }
}

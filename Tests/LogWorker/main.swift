import EventLog
import Events
import Foundation

// A process for the tests of the log that need a second one: to be killed, to be refused, or to follow.
//
//   log-worker write <directory> <producers> <unsettled>   appends until it is killed; prints what is acknowledged
//   log-worker follow <directory> <session> <head>         prints each event as it sees it, until <head>
//   log-worker open <directory>                            prints "open" or the code of the error

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("write", 5): try await Writer(directory: arguments[2], producers: arguments[3], unsettled: arguments[4]).run()
case ("follow", 5): try Follower(directory: arguments[2], session: arguments[3], head: arguments[4]).run()
case ("open", 3):
    do {
        let log = try SQLiteEventLog(directory: arguments[2])
        say("open")
        log.shutDown()
    } catch let error as EventLogError {
        say(error.code.rawValue)
    }
default: exit(64)
}

/// Writes a line at once: what is said before a kill is in the pipe.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    guard write(1, bytes, bytes.count) == bytes.count else { exit(74) }
}

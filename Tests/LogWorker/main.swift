import EventLog
import Events
import Foundation

// A process for the tests of the log that need a second one: to be killed, to be refused, or to follow.
//
//   log-worker write <directory> <producers>      appends until it is killed; prints what is acknowledged
//   log-worker restart <directory>                the same, with an orderly end and a new start after every few appends
//   log-worker migrate <source> <directory>       copies a log to <directory>/1, 2, … and opens it, until it is killed
//   log-worker fill <directory> <ballast>         appends until the disk is full; then removes a file and goes on
//   log-worker follow <directory> <session> <head> prints each event as it sees it, until <head>
//   log-worker open <directory>                   prints "open", or the code and the hint of the error

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("write", 4): try await Writer(directory: arguments[2], producers: arguments[3]).run()
case ("restart", 3): try await Restarter(directory: arguments[2]).run()
case ("migrate", 4): try await Restarter(directory: arguments[3]).migrate(arguments[2])
case ("fill", 4): try await Filler(directory: arguments[2], ballast: arguments[3]).run()
case ("follow", 5): try Follower(directory: arguments[2], session: arguments[3], head: arguments[4]).run()
case ("open", 3):
    do {
        let log = try SQLiteEventLog(directory: arguments[2])
        say("open")
        log.shutDown()
    } catch let error as EventLogError {
        say(error.code.rawValue)
        say(error.hint ?? "no hint")
    }
default: exit(64)
}

/// Writes a line at once: what is said before a kill is in the pipe.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    guard write(1, bytes, bytes.count) == bytes.count else { exit(74) }
}

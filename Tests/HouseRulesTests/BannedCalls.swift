/// A piece of code that the house doesn't write, and what it writes instead.
struct BannedCall {
    enum Where: Equatable {
        case everywhere, product, tests
    }

    var text: String
    var place: Where
    /// Path prefixes where it may stand, each for a reason that stands beside the code.
    var except: [String] = []
    var remedy: String

    static let all: [BannedCall] = [
        BannedCall(
            text: "Task.sleep", place: .product,
            remedy: "reactor.sleep(for:): a Task.sleep costs 32 us and leaves the loop"),
        BannedCall(
            // TestSupport's `eventually` is the one place that polls; what idling costs shows only while time passes.
            text: "Task.sleep", place: .tests,
            except: ["Tests/TestSupport/", "Tests/SystemTests/Trouble/IdleTests.swift"],
            remedy: "await a signal with a deadline, `eventually` of TestSupport"),
        BannedCall(
            // TestSupport reaps children in it; the reactor's tests block the loop with it on purpose.
            text: "usleep(", place: .everywhere, except: ["Tests/TestSupport/", "Tests/ReactorTests/"],
            remedy: "reactor.sleep(for:), in tests a signal with a deadline"),
        BannedCall(text: "sleep(forTimeInterval", place: .everywhere, remedy: "await a signal with a deadline"),
        BannedCall(
            text: "Task.detached", place: .everywhere, remedy: "a task group: the caller owns what it starts"),
        BannedCall(
            text: "Task {", place: .product,
            remedy: "a task group or `async let`: `Task {}` inherits no executor preference and has no owner"),
        BannedCall(text: "Task(priority", place: .product, remedy: "a task group or `async let`"),
        BannedCall(text: "try!", place: .everywhere, remedy: "`try` in a throwing function, `#require` in tests"),
        BannedCall(text: "as!", place: .everywhere, remedy: "`as?` with a guard, `#require` in tests"),
        BannedCall(
            text: "print(", place: .product,
            except: ["Sources/outlook-fleet/Support/Output.swift"],
            remedy: "logger.event, or Output in a program"),
        BannedCall(text: "debugPrint(", place: .product, remedy: "logger.event"),
        BannedCall(text: "NSLog(", place: .everywhere, remedy: "logger.event"),
        BannedCall(text: "fputs(", place: .product, remedy: "logger.event, or Output in a program"),
        BannedCall(text: "DispatchQueue", place: .product, remedy: "the reactor is the only thread of ours"),
        BannedCall(text: "NSLock", place: .everywhere, remedy: "Synchronization.Mutex"),
        BannedCall(
            text: "@unchecked Sendable", place: .product,
            except: ["Sources/Reactor/", "Sources/Redis/", "Sources/HTTP/"],
            remedy: "Mutex, an actor or a value; only the loop-bound class of Reactor, Redis and HTTP may"),
        BannedCall(
            text: "nonisolated(unsafe)", place: .product,
            except: ["Sources/Reactor/", "Sources/Redis/", "Sources/HTTP/"], remedy: "Mutex, an actor or a value"),
        BannedCall(text: "public ", place: .product, remedy: "`package`: nobody imports us"),
        BannedCall(text: "open class", place: .product, remedy: "`package final class`"),
    ]

    func applies(to file: SourceFile) -> Bool {
        let isHere =
            switch place {
            case .everywhere: true
            case .product: file.isProduct
            case .tests: !file.isProduct
            }
        return isHere && !except.contains { file.path.hasPrefix($0) }
    }

    /// Whether a line of code, comments and strings blanked, writes it: as a word of its own, not as the end of one.
    func isWritten(in line: String) -> Bool {
        line.ranges(of: text).contains { range in
            guard range.lowerBound > line.startIndex, let first = text.first, first.isLetter else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !(before.isLetter || before.isNumber || before == "_" || (before == "." && text.hasSuffix("(")))
        }
    }
}

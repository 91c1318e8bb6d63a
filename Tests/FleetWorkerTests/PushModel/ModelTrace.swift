import Foundation

/// With FLEET_TRACE=1 a game tells what happens in it.
enum ModelTrace {
    private static let isOn = ProcessInfo.processInfo.environment["FLEET_TRACE"] != nil

    static func say(_ text: @autoclosure () -> String) {
        if isOn { print(text()) }
    }
}

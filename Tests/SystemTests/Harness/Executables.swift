import Foundation

/// The programs under test, as they were built.
enum Executables {
    static let fleet = path("outlook-fleet")
    static let simulator = path("graph-simulator")

    /// `OUTLOOK_FLEET_TEST_BIN` names another folder, for instance that of a release build; else they lie beside the
    /// test bundle, which is the running program.
    private static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["OUTLOOK_FLEET_TEST_BIN"] { return "\(folder)/\(name)" }
        let folder = Bundle.module.bundleURL.deletingLastPathComponent()
        return folder.appendingPathComponent(name).path
    }

    /// Whether the programs under test are optimised: bounds on memory and CPU are those of a release build.
    static let areOptimised = fleet.contains("/release/")
}

// Goal: arrows between rooms go down only, and imports follow them. Method: Package.swift and the imports, as text.
import Testing

@Suite("House rules: arrows")
struct ArrowTests {
    /// Floors of the house; a target may depend on lower floors only. `programs` stand on top, tests outside.
    private static let floors: [String: Int] = [
        "CHiredis": 0, "CCurl": 0, "COpenSSL": 0, "CLinux": 0,
        "FleetCore": 1, "Telemetry": 1,
        "Reactor": 2,
        "Redis": 3, "HTTP": 3,
        "FleetStore": 4, "Graph": 4,
        "FleetWorker": 5, "FleetGateway": 5, "GraphSimulator": 5,
        "outlook-fleet": 6, "graph-simulator": 6,
    ]

    /// Modules of the system and toolchain, and those that come with a declared product.
    private static let free: Set<String> = [
        "Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Synchronization", "Testing", "Dispatch",
    ]
    private static let comesWith: [String: Set<String>] = [
        "Hummingbird": ["HTTPTypes", "NIOCore", "NIOPosix", "ServiceLifecycle"]
    ]

    private static func manifest() throws -> PackageManifest {
        PackageManifest(try #require(SourceTree.file("Package.swift")))
    }

    @Test("the manifest is read: every room of the table is declared")
    func manifestIsRead() throws {
        let manifest = try Self.manifest()
        for room in Self.floors.keys { #expect(manifest.dependencies[room] != nil, "\(room) isn't in Package.swift") }
        #expect(manifest.dependencies["Redis"]?.isSuperset(of: ["Reactor", "CHiredis", "Logging"]) == true)
    }

    @Test("every target stands on lower floors only")
    func downOnly() throws {
        for (target, dependencies) in try Self.manifest().dependencies where !target.hasSuffix("Tests") {
            guard target != "TestSupport" else { continue }
            let floor = try #require(Self.floors[target], "\(target) has no floor: add it to the table")
            for dependency in dependencies {
                guard let other = Self.floors[dependency] else { continue }
                #expect(other < floor, "Package.swift: \(target) -> \(dependency) doesn't go down")
            }
        }
    }

    @Test("the simulator knows nothing of ours but Telemetry")
    func simulatorStandsAlone() throws {
        let ours = try Self.manifest().dependencies["GraphSimulator"]?.intersection(Self.floors.keys)
        #expect(ours == ["Telemetry"])
    }

    @Test("product code depends on no test target")
    func noTestsInProducts() throws {
        for (target, dependencies) in try Self.manifest().dependencies where Self.floors[target] != nil {
            #expect(!dependencies.contains("TestSupport"), "Package.swift: \(target) -> TestSupport")
        }
    }

    @Test("every import is declared by its target")
    func importsAreDeclared() throws {
        let manifest = try Self.manifest()
        let files = SourceTree.files().filter(\.isSwift)
        expectNone(
            files.flatMap { Self.undeclaredImports(in: $0, declared: manifest.dependencies[$0.room] ?? []) })
    }

    @Test("an undeclared import is found, whatever its access level")
    func findsUndeclared() {
        let text = "import Glibc\npackage import Redis\n// import Graph\n@preconcurrency import struct HTTP.Body\n"
        let file = SourceFile(path: "Sources/Reactor/X.swift", text: text)
        let found = Self.undeclaredImports(in: file, declared: ["Telemetry"])
        #expect(found.map(\.line) == [2, 4])
    }

    private static func undeclaredImports(in file: SourceFile, declared: Set<String>) -> [Finding] {
        // An executable target is imported by its name as an identifier.
        let declared = declared.union(declared.map { $0.replacing("-", with: "_") })
        let allowed = declared.union(free).union(declared.flatMap { comesWith[$0] ?? [] })
        return SwiftCode.lines(of: file).enumerated().compactMap { index, line in
            guard let module = imported(by: line), !allowed.contains(module), module != file.room else { return nil }
            return file.finding(
                index + 1, "imports \(module), which \(file.room) doesn't declare",
                "declare it in Package.swift if the arrow goes down, else move the code")
        }
    }

    /// The module of an import line; nil for other lines.
    private static func imported(by line: String) -> String? {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            ["package", "internal", "private", "fileprivate"].contains(first) || first.hasPrefix("@")
        {
            words.removeFirst()
        }
        guard words.first == "import" else { return nil }
        words.removeFirst()
        if let kind = words.first,
            ["struct", "class", "enum", "func", "let", "var", "typealias", "protocol"].contains(kind)
        {
            words.removeFirst()
        }
        return words.first.flatMap { $0.split(separator: ".").first }.map(String.init)
    }
}

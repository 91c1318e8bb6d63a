/// The targets that Package.swift declares, read from its text: names and dependencies, products by their module name.
struct PackageManifest {
    var dependencies: [String: Set<String>] = [:]

    init(_ file: SourceFile) {
        let text = file.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
        let products = Self.products(in: text)
        for kind in ["target", "executableTarget", "testTarget", "systemLibrary"] {
            for block in Self.blocks(".\(kind)(", in: text) {
                guard let name = Self.quoted(after: "name: ", in: block) else { continue }
                dependencies[name] = Self.dependencies(of: block, products: products)
            }
        }
    }

    /// `let logging: Target.Dependency = .product(name: "Logging", ...` -> logging: Logging
    private static func products(in text: String) -> [String: String] {
        var products: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("let ") && line.contains(".product(") {
            guard let colon = line.firstIndex(of: ":"), let name = quoted(after: "name: ", in: String(line)) else {
                continue
            }
            products[String(line[line.index(line.startIndex, offsetBy: 4)..<colon])] = name
        }
        return products
    }

    private static func dependencies(of block: String, products: [String: String]) -> Set<String> {
        guard let start = block.firstRange(of: "dependencies: ["),
            let end = block[start.upperBound...].firstIndex(of: "]")
        else { return [] }
        let names = block[start.upperBound..<end].split { $0 == "," || $0.isWhitespace }.map { word in
            word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : products[String(word)] ?? String(word)
        }
        return Set(names)
    }

    /// The texts from each opening to its matching parenthesis.
    private static func blocks(_ opening: String, in text: String) -> [String] {
        text.ranges(of: opening).compactMap { range in
            var depth = 1
            for index in text[range.upperBound...].indices {
                if text[index] == "(" { depth += 1 }
                if text[index] == ")" { depth -= 1 }
                if depth == 0 { return String(text[range.upperBound..<index]) }
            }
            return nil
        }
    }

    private static func quoted(after label: String, in text: String) -> String? {
        guard let start = text.firstRange(of: label + "\"") else { return nil }
        let rest = text[start.upperBound...]
        return rest.firstIndex(of: "\"").map { String(rest[..<$0]) }
    }
}

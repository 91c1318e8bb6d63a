import FleetCore

// Two files are the source: Schemas/definitions.json, JSON Schema 2020-12 with everything under `$defs`, and
// Schemas/asyncapi.json, which names messages by those definitions. What a user gets is put together from them: a
// schema with just the definitions that it needs, or the AsyncAPI document with all of them in its components.

/// The schemas of payloads, results and changes, and the AsyncAPI document.
struct SchemaBook {
    private static let prefix = "#/$defs/"

    private let document: JSONObject
    private let definitions: JSONObject
    private let asyncAPI: JSONObject

    /// What the executable ships.
    init() throws {
        document = try Self.object(PackageResources.definitions_json)
        definitions = document["$defs"]?.objectValue ?? document
        asyncAPI = try Self.object(PackageResources.asyncapi_json)
    }

    /// Those that describe something whole, with what they describe: the others are parts of them.
    var titles: [(name: String, about: String)] {
        definitions.members.compactMap { member in
            guard let schema = member.value.objectValue, schema["title"] != nil else { return nil }
            return (member.key, schema["description"]?.stringValue ?? "")
        }
    }

    /// A schema by its name, with the definitions that it needs; nil if there is none.
    func schema(_ name: String) -> String? {
        guard definitions[name] != nil else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("$schema", "https://json-schema.org/draft/2020-12/schema")
        writer.member("$id", "urn:outlook-fleet:schemas:1:\(name)")
        writer.member("$ref", Self.prefix + name)
        writer.key("$defs")
        writer.beginObject()
        let needed = reachable(from: name)
        for member in definitions.members where needed.contains(member.key) {
            writer.key(member.key)
            writer.value(member.value)
        }
        writer.endObject()
        writer.endObject()
        return writer.text
    }

    /// All of them in one.
    var all: String {
        var writer = JSONWriter()
        writer.value(JSONValue.object(document))
        return writer.text
    }

    /// The AsyncAPI document, complete.
    var asyncAPIDocument: String {
        var writer = JSONWriter()
        writer.beginObject()
        for member in asyncAPI.members {
            writer.key(member.key)
            guard member.key == "components", let components = member.value.objectValue else {
                writer.value(member.value)
                continue
            }
            writer.beginObject()
            for part in components.members where part.key != "schemas" {
                writer.key(part.key)
                writer.value(part.value)
            }
            writer.key("schemas")
            Self.write(.object(definitions), to: &writer)
            writer.endObject()
        }
        writer.endObject()
        return writer.text
    }

    private func reachable(from name: String) -> Set<String> {
        var found: Set<String> = []
        var rest = [name]
        while let next = rest.popLast() {
            guard found.insert(next).inserted, let schema = definitions[next] else { continue }
            rest += Self.references(in: schema)
        }
        return found
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            object.members.flatMap { member -> [String] in
                guard member.key == "$ref", let target = member.value.stringValue, target.hasPrefix(prefix) else {
                    return references(in: member.value)
                }
                return [String(target.dropFirst(prefix.count))]
            }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }

    /// With its references as an AsyncAPI document's components.
    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value {
        case .object(let object):
            writer.beginObject()
            for member in object.members {
                writer.key(member.key)
                if member.key == "$ref", let target = member.value.stringValue, target.hasPrefix(prefix) {
                    writer.value("#/components/schemas/" + target.dropFirst(prefix.count))
                } else {
                    write(member.value, to: &writer)
                }
            }
            writer.endObject()
        case .array(let elements):
            writer.beginArray()
            for element in elements { write(element, to: &writer) }
            writer.endArray()
        default: writer.value(value)
        }
    }

    private static func object(_ bytes: [UInt8]) throws -> JSONObject {
        guard let object = try StrictJSON.parse(bytes).objectValue else {
            throw ProgramError(.internal, "a schema of the executable is no JSON object")
        }
        return object
    }
}

import ArgumentParser

/// `schema`: what payloads, results and changes look like, for programs.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schemas and the AsyncAPI document.",
        discussion: """
            Without a name it lists what there is. `job`, `result` and `change` are any of their kind; `all` is every \
            definition in one JSON Schema (2020-12), `asyncapi` the AsyncAPI 3 document of lists and streams. Entries \
            of streams are described as `outlook-fleet results` prints them.
            """)

    @Argument(help: "Of what: sync, connect.succeeded, event.created, all, asyncapi, ...") var name: String?
    @OptionGroup var shared: SharedFlags

    func run() throws {
        try shared.check()
        let book = try SchemaBook()
        switch name {
        case nil:
            var table = Table("NAME", "WHAT")
            for (name, about) in book.titles { table.add(name, about) }
            table.add("all", "Every definition in one JSON Schema.")
            table.add("asyncapi", "The AsyncAPI 3 document of lists and streams.")
            Output.text(table.text)
        case "all": Output.line(book.all)
        case "asyncapi": Output.line(book.asyncAPIDocument)
        case let name?:
            guard let schema = book.schema(name) else {
                throw ProgramError(.usage, "no schema '\(Table.printable(name))': outlook-fleet schema lists them")
            }
            Output.line(schema)
        }
    }
}

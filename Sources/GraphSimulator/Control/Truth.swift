/// What a calendar really holds in a window, in plain JSON: what a test compares a mirror with.
///
/// It shares the expansion with Graph's answers, not their form: no pages, no skeletons, no preferences, UTC only.
struct Truth {
    let world: World
    let view: CalendarView

    func answer(_ call: HTTPCall) throws -> Answer {
        guard let from = call.option("from").flatMap(Instant.init(iso:)),
            let to = call.option("to").flatMap(Instant.init(iso:)), from < to
        else { throw ControlFailure("from and to are times, from before to") }
        let entries = EventRoutes.entries(of: view.store, in: Window(from: from, to: to))
        return Answer(200, json: ["events": .array(entries.map { json($0.item, $0.occurrence) })])
    }

    func json(_ item: EventItem, _ occurrence: Occurrence?) -> JSON {
        let content = occurrence?.content ?? item.content
        let regular = EventRenderer(view: view, preferences: Preferences())
        var immutablePreferences = Preferences()
        immutablePreferences.isImmutable = true
        let immutable = EventRenderer(view: view, preferences: immutablePreferences)
        let id = { (renderer: EventRenderer) in
            occurrence.map { renderer.id(of: item, on: $0.day) } ?? renderer.id(of: item)
        }
        var object = JSONObject([
            ("id", .string(id(regular))),
            ("immutableId", .string(id(immutable))),
            ("type", .string(type(item, occurrence))),
            ("seriesMasterId", occurrence == nil ? .null : .string(regular.id(of: item))),
            ("immutableSeriesMasterId", occurrence == nil ? .null : .string(immutable.id(of: item))),
            ("start", .string(content.start.instant.iso)),
            ("end", .string(content.end.instant.iso)),
            ("isAllDay", .bool(content.isAllDay)),
            ("subject", JSON(content.subject)),
            ("location", content.locations.first?["displayName"] ?? .null),
            ("showAs", .string(content.showAs)),
            ("sensitivity", .string(content.sensitivity)),
            ("isCancelled", .bool(content.isCancelled)),
            ("response", .string(content.response)),
            ("changeKey", .string(view.mailbox.ids.changeKey(content.change))),
            ("lastModified", .string(content.modified.iso)),
            ("transactionId", JSON(content.transactionID)),
            (
                "properties",
                .object(JSONObject(content.properties.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            ),
        ])
        if content.isAllDay {
            object["startDate"] = .string(content.start.wall.day.text)
            object["endDate"] = .string(content.end.wall.day.text)
        }
        return .object(object)
    }

    private func type(_ item: EventItem, _ occurrence: Occurrence?) -> String {
        guard let occurrence else { return item.isSeries ? "seriesMaster" : "singleInstance" }
        return occurrence.isException ? "exception" : "occurrence"
    }
}

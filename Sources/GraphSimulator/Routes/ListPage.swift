/// What a fault does to the pages of a list or delta round.
enum PageFault: String, Sendable {
    /// A page without items whose nextLink leads on.
    case empty
    /// A nextLink that leads to the same page for ever.
    case loop
    /// Every item twice.
    case duplicate
    /// Every item a second time in an older version.
    case older
}

/// Pages of a plain list: `$top`, `$skip`, `$select`, `$orderby`, `$filter`, `$count`.
struct ListPage {
    let router: GraphRouter
    let context: String
    let kind: Kind

    enum Kind {
        case calendars, events, calendarView
    }

    private static let defaultSize = 10
    private var call: HTTPCall { router.call }

    /// Pages through values that are there already.
    func answer(_ all: [JSON]) throws(GraphFailure) -> Answer {
        try answer(count: all.count, isByStart: false) { all[$0] }
    }

    /// Pages through values that are written only if they are shown: a list of 10,000 events costs what its page does,
    /// unless `$filter` or an order other than the natural one wants to see them all.
    func answer(count: Int, isByStart: Bool, _ render: (Int) -> JSON) throws(GraphFailure) -> Answer {
        let selection = Selection(call)
        try selection.check(known: kind == .calendars ? CalendarRoutes.properties : EventInput.properties)
        let skip = try number("$skip") ?? 0
        let asked = try number("$top")
        let size = min(
            asked ?? router.preferences.maximumPageSize ?? Self.defaultSize, router.world.maximumPageSize)
        guard size > 0 else { throw GraphFailure(400, "ErrorInvalidUrlQuery", "Invalid value for $top.") }
        let total: Int
        var page: [JSON]
        if let values = try sifted(count: count, isByStart: isByStart, render) {
            total = values.count
            page = skip < total ? Array(values[skip..<min(skip + size, total)]) : []
        } else {
            total = count
            page = skip < total ? (skip..<min(skip + size, total)).map(render) : []
        }
        var next = min(skip + size, total)
        shape(&page, skip: skip, next: &next)
        page = try page.map { value throws(GraphFailure) in try shown(value, selection) }
        var object = JSONObject([("@odata.context", .string("\(router.root)/$metadata#\(context)"))])
        if call.option("$count") == "true" { object["@odata.count"] = JSON(total) }
        object["value"] = .array(page)
        if next < total { object["@odata.nextLink"] = .string(nextLink(skip: next)) }
        return Answer(200, json: .object(object), headers: router.applied)
    }

    /// All values that pass the filter, in the order asked for; nil if neither matters.
    private func sifted(count: Int, isByStart: Bool, _ render: (Int) -> JSON) throws(GraphFailure) -> [JSON]? {
        let filter = try call.option("$filter").map { text throws(GraphFailure) in try ODataFilter(text) }
        let orderText = call.option("$orderby")
        let order = try orderText.map { text throws(GraphFailure) in try ODataOrder(text) }
        let isNatural = order == nil || (isByStart && ["start/dateTime", "start/dateTime asc"].contains(orderText))
        if filter == nil, isNatural { return nil }
        var values = (0..<count).map(render)
        if let filter {
            var kept: [JSON] = []
            for value in values where try filter.matches(value) { kept.append(value) }
            values = kept
        }
        return isNatural ? values : order?.sorted(values) ?? values
    }

    private func shape(_ page: inout [JSON], skip: Int, next: inout Int) {
        switch router.pageFault {
        case .empty: (page, next) = ([], skip)
        case .loop: next = skip
        case .duplicate, .older: page += page
        case nil: break
        }
    }

    /// What of a value is shown. Extended properties ride along for the filter; they are shown if they are expanded,
    /// and then whatever is selected.
    private func shown(_ value: JSON, _ selection: Selection) throws(GraphFailure) -> JSON {
        guard var object = value.object else { return value }
        let properties = object[EventRoutes.propertiesName]?.array ?? []
        object[EventRoutes.propertiesName] = nil
        let cut = selection.cut(withoutTimes(.object(object)))
        guard !properties.isEmpty, let expand = call.option("$expand"),
            expand.hasPrefix(EventRoutes.propertiesName), var kept = cut.object
        else { return cut }
        let expanded = try EventRoutes.expanded(expand, properties)
        if expanded.array?.isEmpty == false { kept[EventRoutes.propertiesName] = expanded }
        return .object(kept)
    }

    /// createdDateTime and lastModifiedDateTime can't be selected in a calendarView.
    private func withoutTimes(_ value: JSON) -> JSON {
        guard kind == .calendarView, call.option("$select") != nil, var object = value.object else { return value }
        object["createdDateTime"] = nil
        object["lastModifiedDateTime"] = nil
        return .object(object)
    }

    private func number(_ name: String) throws(GraphFailure) -> Int? {
        guard let text = call.option(name) else { return nil }
        guard let value = Int32(text), value >= 0 else {
            throw GraphFailure(400, "ErrorInvalidUrlQuery", "Invalid value '\(text)' for \(name).")
        }
        return Int(value)
    }

    private func nextLink(skip: Int) -> String {
        let kept = call.query.filter { !["$skip", "skip"].contains($0.name.lowercased()) }
            .map { "\($0.name)=\(FormCoding.encode($0.value))" }
        return call.base + call.path + "?" + (kept + ["$skip=\(skip)"]).joined(separator: "&")
    }
}

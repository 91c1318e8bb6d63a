import ArgumentParser
import FleetCore

/// One flag: its name, its default, what may be given, and what it is for. `--help`, the environment variable and the
/// check of the value all come from here, so that none of them can drift.
///
/// ArgumentParser gets the values as text; ``SettingsReader`` turns them into values, because it can then look into the
/// environment too, and report all faults together.
struct FlagSpec<Value: Sendable>: Sendable {
    let name: String
    /// What it is without the flag; nil: nothing.
    let fallback: Value?
    /// The default as people write it; nil: not shown.
    let shown: String?
    /// What may be given, completing "must be ...".
    let rule: String
    let about: String
    /// The value of a text, or what is wrong with it, completing "--name TEXT: ...".
    let read: @Sendable (String) -> Result<Value, FlagFault>

    /// `OUTLOOK_FLEET_DRAIN_TIMEOUT`
    var variable: String { "OUTLOOK_FLEET_" + name.uppercased().replacing("-", with: "_") }

    var help: ArgumentHelp {
        let notes = [rule.isEmpty ? nil : rule, shown.map { "default: \($0)" }].compactMap(\.self)
        let note = notes.isEmpty ? "" : " (" + notes.joined(separator: "; ") + ")"
        return ArgumentHelp("\(about)\(note)", valueName: valueName)
    }

    init(
        name: String, fallback: Value?, shown: String?, rule: String, about: String,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(
            name: name, fallback: fallback, shown: shown, rule: rule, about: about,
            reading: { text in
                read(text).map(Result.success)
                    ?? .failure(FlagFault(reason: "must be \(rule.isEmpty ? "given" : rule)"))
            })
    }

    /// For values whose reader knows best what is wrong.
    init(
        name: String, fallback: Value?, shown: String?, rule: String, about: String,
        reading: @escaping @Sendable (String) -> Result<Value, FlagFault>
    ) {
        self.name = name
        self.fallback = fallback
        self.shown = shown
        self.rule = rule
        self.about = about
        read = reading
    }

    /// What the help calls the value: by the name's last word where that says what it is, else by the kind.
    private var valueName: String {
        let word = name.split(separator: "-").last.map(String.init) ?? name
        if ["id", "file", "url"].contains(word) { return word }
        switch Value.self {
        case is Duration.Type: return "duration"
        case is Int.Type, is Double.Type: return "number"
        case is Rate.Type: return "rate"
        case is Bool.Type: return "true|false"
        default: return word
        }
    }
}

/// Why a text is no value of a flag.
struct FlagFault: Error {
    var reason: String
}

// MARK: - As options of ArgumentParser

extension Option where Value == String? {
    /// An option that takes a text, to be read by ``SettingsReader``.
    init<Read>(_ spec: FlagSpec<Read>) {
        self.init(name: .customLong(spec.name), help: spec.help)
    }
}

extension Flag where Value == Bool {
    /// A flag without a value.
    init(wrappedValue: Bool, _ spec: FlagSpec<Bool>) {
        self.init(wrappedValue: wrappedValue, name: .customLong(spec.name), help: spec.help)
    }
}

// MARK: - Kinds of flags

extension FlagSpec where Value == Duration {
    static func duration(
        _ name: String, _ fallback: Duration, in range: ClosedRange<Duration>, _ about: String
    ) -> FlagSpec {
        FlagSpec(
            name: name, fallback: fallback, shown: Units.text(fallback),
            rule: "a duration from \(Units.text(range.lowerBound)) to \(Units.text(range.upperBound))", about: about
        ) { text in Units.duration(text).flatMap { range.contains($0) ? $0 : nil } }
    }
}

extension FlagSpec where Value == Int {
    static func number(_ name: String, _ fallback: Int, in range: ClosedRange<Int>, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: fallback, shown: String(fallback),
            rule: "a number from \(range.lowerBound) to \(range.upperBound)", about: about
        ) { text in Int(text).flatMap { range.contains($0) && !text.hasPrefix("+") ? $0 : nil } }
    }
}

extension FlagSpec where Value == Double {
    static func share(_ name: String, _ fallback: Double, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: fallback, shown: "\(fallback)", rule: "a part from 0.001 to 1", about: about
        ) { text in Double(text).flatMap { (0.001...1).contains($0) ? $0 : nil } }
    }
}

extension FlagSpec where Value == Rate {
    static func rate(_ name: String, _ fallback: String, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: Units.rate(fallback), shown: fallback,
            rule: "COUNT/DURATION, up to 1000000000 in 1s to 1h", about: about
        ) { text in
            guard let rate = Units.rate(text), (1...1_000_000_000).contains(rate.count),
                (.seconds(1) ... .seconds(3600)).contains(rate.window)
            else { return nil }
            return rate
        }
    }
}

extension FlagSpec where Value == String {
    /// Any text that isn't empty.
    static func text(_ name: String, default fallback: String? = nil, rule: String = "", _ about: String) -> FlagSpec {
        FlagSpec(name: name, fallback: fallback, shown: fallback, rule: rule, about: about) { text in
            text.isEmpty ? nil : text
        }
    }

    /// A name, as payloads have it.
    static func text(_ name: String, like names: TextRule, _ about: String) -> FlagSpec {
        FlagSpec(name: name, fallback: nil, shown: nil, rule: names.description, about: about) { text in
            names.allows(text) ? text : nil
        }
    }

    /// A text of a given form.
    static func text(
        _ name: String, default fallback: String? = nil, rule: String, _ about: String,
        matching isGood: @escaping @Sendable (String) -> Bool
    ) -> FlagSpec {
        FlagSpec(name: name, fallback: fallback, shown: fallback, rule: rule, about: about) { text in
            isGood(text) ? text : nil
        }
    }
}

extension FlagSpec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static func choice(_ name: String, _ fallback: Value?, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: fallback, shown: fallback?.rawValue,
            rule: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "), about: about
        ) { Value(rawValue: $0) }
    }
}

extension FlagSpec where Value == Bool {
    /// On or off; the flag alone turns it on, its variable takes words.
    static func toggle(_ name: String, _ about: String) -> FlagSpec {
        FlagSpec(name: name, fallback: false, shown: nil, rule: "", about: about, read: Self.truth)
    }

    /// A flag that takes `true` or `false`, so that it can be left out.
    static func truth(_ name: String, _ about: String) -> FlagSpec {
        FlagSpec(name: name, fallback: nil, shown: nil, rule: "true or false", about: about, read: Self.truth)
    }

    private static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "yes", "on": true
        case "0", "false", "no", "off": false
        default: nil
        }
    }
}

package import Foundation

// Whole members in one call. The optional ones are left out when there is no value: the contract's JSON has no nulls.
extension JSONWriter {
    /// A member that is a string.
    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    /// A member that is a whole number.
    package mutating func member(_ name: StaticString, _ number: Int) {
        key(name)
        value(number)
    }

    /// A member that is true or false.
    package mutating func member(_ name: StaticString, _ truth: Bool) {
        key(name)
        value(truth)
    }

    /// A member that is a time.
    package mutating func member(_ name: StaticString, _ date: Date) {
        key(name)
        value(date)
    }

    /// A member that is a list of strings.
    package mutating func member(_ name: StaticString, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// A string, if there is one.
    package mutating func optional(_ name: StaticString, _ text: String?) {
        if let text { member(name, text) }
    }

    /// A whole number, if there is one.
    package mutating func optional(_ name: StaticString, _ number: Int?) {
        if let number { member(name, number) }
    }

    /// A truth value, if there is one.
    package mutating func optional(_ name: StaticString, _ truth: Bool?) {
        if let truth { member(name, truth) }
    }

    /// A time, if there is one.
    package mutating func optional(_ name: StaticString, _ date: Date?) {
        if let date { member(name, date) }
    }
}

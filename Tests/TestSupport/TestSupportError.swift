/// Why a helper of the tests gave up; says what it saw, so that a failure on another machine can be understood.
package struct TestSupportError: Error, CustomStringConvertible {
    /// A line, or several, for people.
    package let description: String
    /// An error with its whole story.
    package init(_ description: String) { self.description = description }
}

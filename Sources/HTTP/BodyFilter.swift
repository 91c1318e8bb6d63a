/// Sees an answer's body as it comes and keeps what is wanted of it: what it drops is never held.
///
/// A value of its own for each request. Runs on the loop, a slice (16 KB as a rule) at a time, so it must be quick.
package protocol BodyFilter: Sendable {
    /// Appends to `body` what is to be kept of the next slice.
    mutating func keep(_ slice: UnsafeRawBufferPointer, in body: inout [UInt8])
}

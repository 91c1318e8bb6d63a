// The scenarios from the field: real failures of calendar synchronisation with Outlook, each with its number and a rule
// as its title. Goal: its "then" holds completely, seen from outside. Method: real workers against a private simulator,
// with the ground rules (`Link.settle`) after each. Hours and days pass on a clock of the fleet's own (`VirtualClock`).

import Testing

@Suite("Scenarios from the field")
enum Scenarios {}

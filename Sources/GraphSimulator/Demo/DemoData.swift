/// The demo's directories.
struct DemoData {
    let world: World

    func fill() {}

    func summary() -> JSON { [] }
}

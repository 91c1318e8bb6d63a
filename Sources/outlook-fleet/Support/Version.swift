/// What `--version` prints and `/metrics` tells. Follows semantic versioning: the contract is what it counts.
enum Version {
    static let text = "0.1.0"
}

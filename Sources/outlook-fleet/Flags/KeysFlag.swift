import ArgumentParser

/// The keys that tokens are sealed with in Redis.
struct KeysFlag: ParsableArguments {
    enum Spec {
        static let keysFile = FlagSpec<String>.text(
            "sealing-keys-file",
            "File of sealing keys, lines KEYID:BASE64, readable by its owner only; the first seals, all unseal. "
                + "`outlook-fleet keys new` makes a line.")
    }

    @Option(Spec.keysFile) var sealingKeysFile: String?

    func read(_ reader: inout SettingsReader) -> String? { reader.optional(Spec.keysFile, sealingKeysFile) }
}

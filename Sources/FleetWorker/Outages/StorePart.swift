import FleetStore
import Redis

extension OutageMonitor {
    /// Hears of an error of the store's.
    func failed(_ part: OutageBook.Part, _ error: StoreError) {
        guard let trouble = OutageBook.Trouble(error) else { return }
        failed(part, trouble, error: error.description)
    }
}

extension OutageBook.Trouble {
    /// nil for what is no trouble of Redis's.
    init?(_ error: StoreError) {
        switch error.code {
        case .unavailable: self = error.underlying?.kind == .loading ? .loading : .away
        case .full: self = .full
        case .readOnly: self = .readOnly
        case .wrongType: self = .wrongType
        case .refused: self = .refused
        case .internal, .unreadable: self = .script
        case .cancelled: return nil
        }
    }
}

extension Store {
    /// The same state with another patience: parts with a loop of their own want to hear of trouble soon.
    func with(patience: Duration) -> Store {
        var options = options
        options.patience = patience
        return Store(redis: redis, namespace: keys.namespace, options: options)
    }
}

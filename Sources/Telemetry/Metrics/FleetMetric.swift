package import Metrics

/// Every metric of the house: the one list, from which the names come, `/metrics` its help texts, and the operator's
/// table its rows. Base units, counters end in `_total`, labels as said and bounded.
package enum FleetMetric: String, Sendable, CaseIterable {
    // Jobs.
    case jobsStored = "outlook_fleet_jobs_stored_total"
    case jobsClaimed = "outlook_fleet_jobs_claimed_total"
    case jobsCompleted = "outlook_fleet_jobs_completed_total"
    case jobsRetried = "outlook_fleet_jobs_retried_total"
    case jobsDeferred = "outlook_fleet_jobs_deferred_total"
    case jobsInFlight = "outlook_fleet_jobs_in_flight"
    case jobWait = "outlook_fleet_job_wait_seconds"
    case jobDuration = "outlook_fleet_job_duration_seconds"
    case payloadsRejected = "outlook_fleet_payloads_rejected_total"
    case payloadsDuplicate = "outlook_fleet_payloads_duplicate_total"
    case changesPublished = "outlook_fleet_changes_published_total"

    // The fleet's queue: the same number from every worker, so take max() of them, never sum().
    case queueJobs = "outlook_fleet_queue_jobs"
    case queueWork = "outlook_fleet_queue_work"
    case queueOldestAge = "outlook_fleet_queue_oldest_age_seconds"
    case connections = "outlook_fleet_connections"
    case deadLetters = "outlook_fleet_dead_letters"
    case tenantsHeld = "outlook_fleet_tenants_held"
    case workers = "outlook_fleet_workers"
    case streamLength = "outlook_fleet_stream_length"
    case streamGroupPending = "outlook_fleet_stream_group_pending"
    case streamGroupBehind = "outlook_fleet_stream_group_behind_seconds"

    // Leases.
    case leasesExpired = "outlook_fleet_leases_expired_total"
    case leasesLost = "outlook_fleet_leases_lost_total"
    case staleWritesRefused = "outlook_fleet_stale_writes_refused_total"
    case leaseRenewals = "outlook_fleet_lease_renewals_total"

    // The process.
    case buildInfo = "outlook_fleet_build_info"
    case workerReady = "outlook_fleet_worker_ready"

    // The loop.
    case reactorLag = "outlook_fleet_reactor_lag_seconds"
    case reactorTurns = "outlook_fleet_reactor_turns_total"
    case reactorBusy = "outlook_fleet_reactor_busy_seconds_total"

    // Redis and Graph.
    case redisCommands = "outlook_fleet_redis_commands_total"
    case redisTimeouts = "outlook_fleet_redis_timeouts_total"
    case redisConnections = "outlook_fleet_redis_connections_total"
    case redisPending = "outlook_fleet_redis_commands_in_flight"
    case redisUp = "outlook_fleet_redis_up"
    case redisScriptDuration = "outlook_fleet_redis_script_duration_seconds"
    case graphRequests = "outlook_fleet_graph_requests_total"
    case graphRequestDuration = "outlook_fleet_graph_request_duration_seconds"
    case graphThrottled = "outlook_fleet_graph_throttled_total"
    case budgetDecisions = "outlook_fleet_budget_decisions_total"
    case budgetWait = "outlook_fleet_budget_wait_seconds"
    case tokenRefreshes = "outlook_fleet_token_refreshes_total"

    // The gateway.
    case gatewayRequests = "outlook_fleet_gateway_requests_total"
    case gatewayRequestDuration = "outlook_fleet_gateway_request_duration_seconds"
    case gatewayNotifications = "outlook_fleet_gateway_notifications_total"
    case gatewayInFlight = "outlook_fleet_gateway_requests_in_flight"
    case gatewayReady = "outlook_fleet_gateway_ready"

    /// What it counts, and its labels with their values.
    package var help: String {
        switch self {
        case .jobsStored: "Payloads taken in and appended to a lane; label kind."
        case .jobsClaimed: "Jobs claimed under a lease; label kind."
        case .jobsCompleted: "Jobs that ended in their terminal result; labels kind, outcome (succeeded, failed)."
        case .jobsRetried: "Runs that failed and wait for their next attempt; labels kind, code."
        case .jobsDeferred: "Runs handed back without using an attempt; labels kind, reason (budget, drain, slice)."
        case .jobsInFlight: "Jobs this worker holds a lease on."
        case .jobWait: "From first seen by the fleet to the start of the run; label kind."
        case .jobDuration: "Length of a run; labels kind, outcome (succeeded, failed, retried, deferred, lost)."
        case .payloadsRejected: "Payloads that are no valid job; label code (invalid_job, payload_too_large)."
        case .payloadsDuplicate: "Payloads whose id was seen before."
        case .changesPublished: "Entries written to the changes stream."
        case .queueJobs:
            "Jobs of the fleet; label state (untaken, ready, behind, parked, running). Equal from all workers: max()."
        case .queueWork: "Jobs that run or could run at once: what to scale by. Parked ones don't count. max()."
        case .queueOldestAge:
            "How long the job has waited that has been ready for longest, about; 0: none waits. max()."
        case .connections: "Connections of the fleet. max()."
        case .deadLetters: "Jobs that ended in failure and are kept for a look. max()."
        case .tenantsHeld: "Tenants held back: paused, throttled or over their budget. max()."
        case .workers: "Workers registered with the fleet; one that died counts until its leases have ended. max()."
        case .streamLength: "Entries in a public stream; label stream (results, changes). max()."
        case .streamGroupPending:
            "Entries given to a consumer group and not acknowledged; labels stream, group (at most 20). max()."
        case .streamGroupBehind:
            "How far a consumer group is behind the stream's newest entry, in time; labels stream, group. max()."
        case .leasesExpired: "Leases of dead workers that this worker took back."
        case .leasesLost: "Leases of this worker that somebody took back: it was frozen or cut off."
        case .staleWritesRefused: "Writes refused by the fence: their lease had passed on."
        case .leaseRenewals: "Renewals of all leases of this worker, one script each; label outcome (ok, failed)."
        case .buildInfo: "1; label version."
        case .workerReady: "1 while work may be expected of this worker, else 0: /readyz as a number."
        case .reactorLag: "Longest turn of the loop since the last scrape; above a second leases are in danger."
        case .reactorTurns: "Turns of the loop."
        case .reactorBusy: "Time in which the loop worked and didn't sleep."
        case .redisCommands: "Commands sent to Redis."
        case .redisTimeouts: "Commands that Redis didn't answer in time."
        case .redisConnections: "Connections made to Redis, the first included."
        case .redisPending: "Commands sent to Redis and not answered yet."
        case .redisUp: "1 while the command connection to Redis stands, else 0."
        case .redisScriptDuration: "From sent to the answer, waits for Redis included; label script."
        case .graphRequests: "Requests to Graph; labels operation, status (2xx, 4xx, 5xx, 429, none)."
        case .graphRequestDuration: "From sent to the end of the answer; label operation."
        case .graphThrottled: "Answers 429, and 503 with Retry-After; label operation."
        case .budgetDecisions:
            "Asks of the budgets; labels decision (granted, refused), cause (none, or who is short: app, tenant ...)."
        case .budgetWait: "From a call's first ask of the budgets to its grant, parked jobs left out."
        case .tokenRefreshes: "Calls of the token endpoint; label outcome (ok, refused, unreachable)."
        case .gatewayRequests: "Requests that the gateway answered; labels route, status (2xx, 3xx, 4xx, 5xx)."
        case .gatewayRequestDuration: "From a request's head to its answer, waiting for a job included; label route."
        case .gatewayNotifications:
            "Items of Graph's notifications; label outcome (kept, unknown, forged, refused, unreadable)."
        case .gatewayInFlight: "Requests under way at this gateway, once a second."
        case .gatewayReady: "1 while calls may be expected to work at this gateway, else 0: /readyz as a number."
        }
    }

    /// A counter of this name.
    package func counter(_ labels: [(String, String)] = []) -> Counter { Counter(label: rawValue, dimensions: labels) }
    /// A gauge of this name.
    package func gauge(_ labels: [(String, String)] = []) -> Gauge { Gauge(label: rawValue, dimensions: labels) }
    /// A histogram of this name, recorded in seconds from a ``Duration``.
    package func timer(_ labels: [(String, String)] = []) -> Timer { Timer(label: rawValue, dimensions: labels) }
}

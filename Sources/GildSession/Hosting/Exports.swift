// The terms of the runtime that users of the hosting interface need.

import GildRuntime

public typealias HostError = GildRuntime.HostError
public typealias HostOptions = GildRuntime.HostOptions
public typealias LongHoldReport = GildRuntime.LongHoldReport
public typealias HostedRun = GildRuntime.HostedRun
public typealias InteractiveSession = GildRuntime.InteractiveSession
public typealias EvaluationOutcome = GildRuntime.EvaluationOutcome
public typealias ThreadActivity = GildRuntime.ThreadActivity
public typealias HeapGrouping = GildRuntime.HeapGrouping
public typealias HeapGroup = GildRuntime.HeapGroup
public typealias ObjectDescription = GildRuntime.ObjectDescription
public typealias ObjectSummary = GildRuntime.ObjectSummary
public typealias HeapLeak = GildRuntime.HeapLeak
public typealias CollectionResult = GildRuntime.CollectionResult

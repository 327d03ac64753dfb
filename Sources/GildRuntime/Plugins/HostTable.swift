// The tables of host functions, one for each regime.
//
// A plugin is compiled once and calls through the table that its context points to. Most slots are the same functions in every
// table: they count references and touch containers through the thread, as all natives do, so what a regime does differently is
// below them. The slots about the lock differ, and a regime's table has its own.
//
// Tables are made once and never change, so every thread reads them without a lock.

import CGild
import CGildPlugin
import Glibc

/// The table for heaps of this regime.
func hostTable(for regime: RegimeName) -> UnsafePointer<gild_host> {
    switch regime {
    case .gil, .gil32: switchIntervalTable
    case .gilTicks: tickTable
    case .atomic, .objectLock, .biased, .unsynchronized: freeTable
    }
}

/// What `gild_plugin_init` gets: registration needs no regime.
var registrationTable: UnsafePointer<gild_host> { switchIntervalTable }

nonisolated(unsafe) private let switchIntervalTable = makeTable { _ in }
nonisolated(unsafe) private let tickTable = makeTable { $0.checkpoint = hostCheckpointTicks }
nonisolated(unsafe) private let freeTable = makeTable {
    $0.section_begin = hostSectionBeginFree
    $0.section_begin_two = hostSectionBeginTwoFree
    $0.section_end = hostSectionEndFree
}

private func makeTable(_ change: (inout gild_host) -> Void) -> UnsafePointer<gild_host> {
    let place = UnsafeMutablePointer<gild_host>.allocate(capacity: 1)
    memset(place, 0, MemoryLayout<gild_host>.size)
    place.pointee.abi = GILD_ABI
    place.pointee.size = UInt32(MemoryLayout<gild_host>.size)
    place.pointee.describe = hostDescribe
    place.pointee.register_function = hostRegisterFunction
    place.pointee.register_workload = hostRegisterWorkload
    place.pointee.register_metric = hostRegisterMetric
    place.pointee.plugin_parameters = hostPluginParameters
    place.pointee.parameter = hostParameter
    place.pointee.metric_add = hostMetricAdd
    place.pointee.metric_set = hostMetricSet
    place.pointee.message = hostMessage
    place.pointee.log = hostLog
    place.pointee.leave = hostLeave
    place.pointee.enter = hostEnter
    place.pointee.checkpoint = hostCheckpoint
    place.pointee.interrupted = hostInterrupted
    place.pointee.section_begin = hostSectionBegin
    place.pointee.section_begin_two = hostSectionBeginTwo
    place.pointee.section_end = hostSectionEnd
    place.pointee.dup = hostDup
    place.pointee.close = hostClose
    place.pointee.keep = hostKeep
    place.pointee.open = hostOpen
    place.pointee.drop = hostDrop
    place.pointee.kind = hostKind
    place.pointee.same = hostSame
    place.pointee.truth = hostTruth
    place.pointee.length = hostLength
    place.pointee.int_new = hostIntNew
    place.pointee.int_get = hostIntGet
    place.pointee.float_new = hostFloatNew
    place.pointee.float_get = hostFloatGet
    place.pointee.str_new = hostStrNew
    place.pointee.str_get = hostStrGet
    place.pointee.bytes_new = hostBytesNew
    place.pointee.bytes_get = hostBytesGet
    place.pointee.list_new = hostListNew
    place.pointee.list_append = hostListAppend
    place.pointee.list_get = hostListGet
    place.pointee.list_set = hostListSet
    place.pointee.tuple_new = hostTupleNew
    place.pointee.tuple_get = hostTupleGet
    place.pointee.dict_new = hostDictNew
    place.pointee.dict_get = hostDictGet
    place.pointee.dict_set = hostDictSet
    place.pointee.dict_delete = hostDictDelete
    place.pointee.dict_next = hostDictNext
    place.pointee.opaque_new = hostOpaqueNew
    place.pointee.opaque_get = hostOpaqueGet
    place.pointee.call = hostCall
    place.pointee.raise = hostRaise
    place.pointee.raised = hostRaised
    place.pointee.clear = hostClear
    change(&place.pointee)
    return UnsafePointer(place)
}

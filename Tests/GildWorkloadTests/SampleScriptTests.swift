// The samples' scripts, and the module gild for CPython, under CPython.

import Testing

@Suite struct SampleScriptTests {
    private func python(_ arguments: [String]) -> String? {
        output(of: ["env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=\(repository)python", "GILD_WORKLOAD=job", "python3"] + arguments)
    }

    @Test(arguments: ["counter", "heartbeat", "flaky"])
    func aSampleRunsUnderCPython(_ name: String) {
        #expect(python(["\(repository)config/conf.d/\(name).py"]) != nil)
    }

    @Test func theModuleGivesASharedDictAndTheWorkload() {
        #expect(python(["-c", "import gild; gild.shared['a'] = 1; print(gild.shared, gild.workload)"]) == "{'a': 1} job\n")
    }

    @Test func aRecordIsALevelAndAMessage() {
        let script = "import sys; sys.stderr = sys.stdout; import gild; gild.log('é', level='error'); gild.log(5)"
        #expect(python(["-X", "utf8", "-c", script]) == "error: é\ninfo: 5\n")
    }

    @Test func anUnknownLevelIsAValueError() {
        let script = "import gild\ntry: gild.log('a', level='loud')\nexcept ValueError as error: print(error)"
        #expect(python(["-c", script]) == "log() level must be one of 'debug', 'info', 'warning', 'error', not 'loud'\n")
    }
}

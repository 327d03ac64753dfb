# gild: build, show, test, measure. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A static runtime makes the executable one file that starts fast; used where the toolchain has it.
STATIC := $(if $(wildcard $(dir $(realpath $(shell command -v swift)))../lib/swift_static/linux),--static-swift-stdlib)
RELEASE := swift build -c release $(STATIC) --product gild && swift build -c release $(STATIC) --product gilctl
GILD := .build/release/gild
GILCTL := .build/release/gilctl

export SWIFT_BACKTRACE ?= enable=no

# What is installed and packaged: `make install BUILD=.build/debug` takes another build.
BUILD ?= .build/release
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
export PREFIX DESTDIR SYSCONFDIR

.PHONY: help run test plugins models system-tests bench tsan asan fuzz install uninstall deb clean release dependencies test-dependencies \
	packaging-dependencies

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: release ## Build for release, run the examples with their reports, then the daemon and gilctl.
	@scripts/run-examples $(GILD)
	@scripts/run-daemon $(GILD) $(GILCTL)

test: test-dependencies ## Build and run every test, the script corpus beside CPython included.
	@scripts/check-models
	@$(RELEASE)
	@scripts/check-release-binary --self-test
	@scripts/check-release-binary $(GILD)
	@GILD_TEST_PYTHON=$$(scripts/test-venv prometheus_client) GILD_BINARY=$(CURDIR)/$(GILD) GILD_HANDOFF_RUNS=100 \
		swift test
	@scripts/system-tests $(BUILD)

plugins: ## Build the plugins of plugins/ into .build/gild-plugins.
	@scripts/build-plugins

models: test-dependencies ## Check the models of the lock and the refcounts exhaustively; THREADS=4 for four threads.
	@scripts/check-models --threads $(or $(THREADS),3)

system-tests: test-dependencies ## The compare page and traces in a browser; the daemon under systemd, with bad peers, killed; BUILD as built.
	@scripts/system-tests $(BUILD)

bench: release test-dependencies ## Measure gild and its regimes beside every CPython found, and the control socket beside Redis.
	@scripts/bench
	@swift build -c release $(STATIC) --product gild -Xswiftc -DGILD_UNMEASURED --scratch-path .build-unmeasured
	@scripts/blank-counters $(GILD) .build-unmeasured/gild-blanked
	@scripts/bench-regimes --unmeasured .build-unmeasured/gild-blanked --unmeasured .build-unmeasured/release/gild
	@scripts/bench-control $(BUILD)
	@scripts/bench-plugins $(GILD)
	@scripts/repeat-study --gild $(GILD)

tsan: test-dependencies ## ThreadSanitizer over the corpus and the plugins in every regime, and over the runtime's tests; hours.
	@scripts/check-sanitizer-canary
	@scripts/check-sanitized thread
	@GILD_TIMEOUT=600 swift test --sanitize=thread --scratch-path .build-tsan \
		--filter 'GildRuntimeTests|GildSessionTests|GildVarlinkTests|GildDaemonTests'

asan: test-dependencies ## AddressSanitizer over the corpus and the plugins in every regime, and over every test.
	@scripts/check-sanitized address
	@GILD_TIMEOUT=300 ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan --skip CorpusTests

fuzz: dependencies ## Fuzz the compiler for five minutes, configurations for one, then the builtins.
	@GILD_FUZZ=1 swift build -c release --sanitize=fuzzer --sanitize=address --scratch-path .build-fuzz -Xswiftc -parse-as-library \
		--product FuzzCompile
	@mkdir -p .build-fuzz/corpus
	@ASAN_OPTIONS=detect_leaks=0 .build-fuzz/release/FuzzCompile -max_total_time=300 -max_len=4096 .build-fuzz/corpus Tests/Scripts/*/
	@GILD_FUZZ=1 swift build -c release --sanitize=fuzzer --sanitize=address --scratch-path .build-fuzz -Xswiftc -parse-as-library \
		--product FuzzConfiguration
	@mkdir -p .build-fuzz/corpus-configuration
	@ASAN_OPTIONS=detect_leaks=0 .build-fuzz/release/FuzzConfiguration -max_total_time=60 -max_len=4096 \
		.build-fuzz/corpus-configuration config config/conf.d Tests/GildWorkloadTests/good Tests/GildWorkloadTests/bad
	@swift build --product gild
	@scripts/fuzz-builtins

install: ## Install what `make release` built under PREFIX (/usr/local), or into DESTDIR.
	@scripts/install-tree install $(BUILD)

uninstall: ## Remove what `make install` put there; /etc/gild stays.
	@scripts/install-tree uninstall $(BUILD)

deb: release packaging-dependencies ## Make a Debian package in .build.
	@scripts/make-deb $(BUILD)

clean: ## Remove everything that was built.
	rm -rf .build .build-unmeasured .build-tsan .build-asan .build-fuzz bench-results

release: dependencies
	@$(RELEASE)

dependencies:
	@scripts/install-dependencies

test-dependencies:
	@scripts/install-dependencies --tests

packaging-dependencies:
	@scripts/install-dependencies --package

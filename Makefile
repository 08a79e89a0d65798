# Rules. `make` alone prints them.
#
#   make help     this list
#   make demo     installs what is missing, builds, runs the main job on sample-data/, says where its results are
#   make test     installs what is missing, builds, runs all tests, those of the command line and the tutorial too
#   make build    installs what is missing, makes .build/release/xylem
#   make check    make test and every command of the documentation, then parity with the Python originals (Hugging Face
#                 tokenizers, Megatron's reader), and, as root where XYLEM_CLUSTER names a tool that makes a Slurm
#                 cluster, runs on one that breaks
#   make lint     the format rules of .swift-format, as errors
#   make bench    races the fastest programs that do the same work (docs/benchmarks.md); SCENARIO='encode-bloom dataset'
#                 runs only these, `scripts/bench.sh --list` names them
#   make docs     pages of the libraries (DocC) into .build/docs, from a debug build; a warning fails
#   make man      writes a man page for each command into .build/man/man1
#   make install  the binary, man pages and completions of bash, zsh and fish, under PREFIX
#   make setup    only what is missing: Swift's version, the packages of packages.debian
#   make clean    removes what was built and the demo's output
#
# Variables: SWIFT=/path/to/swift   BUILD_FLAGS='...' for every build
#            PREFIX=/usr/local for `make install`, and DESTDIR before it
#            XYLEM_CLUSTER: a tool that makes a Slurm cluster (default ../shared/tools/slurm-local)
#            XYLEM_CORPUS, XYLEM_REFERENCE: folders for `make check` and `make bench`, when they are there
#            (default ../shared/corpus and ../shared/reference)

SWIFT ?= swift
BUILD_FLAGS ?=
PREFIX ?= /usr/local
DESTDIR ?=
# Swift's own libraries are linked in, so the binary runs where there is no Swift.
RELEASE_FLAGS := -c release --static-swift-stdlib
DEMO := runs/demo
XYLEM := .build/release/xylem

export SWIFT
export XYLEM_CORPUS ?= ../shared/corpus
export XYLEM_REFERENCE ?= ../shared/reference

.DEFAULT_GOAL := help
# Two SwiftPM builds in one folder would only wait for each other.
.NOTPARALLEL:
.PHONY: help setup build demo test check lint bench docs man install clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

setup:
	@scripts/setup.sh build

build: setup
	$(SWIFT) build $(RELEASE_FLAGS) $(BUILD_FLAGS) --product xylem

# The demo starts from nothing each time: a run directory that another build wrote would be refused.
demo: build
	rm -rf $(DEMO)
	$(XYLEM) run pipelines/demo.yaml --output $(DEMO)
	@printf '%s\n' '' \
	  'dataset    $(DEMO)/dataset/       one .bin and .idx a language, blend.txt' \
	  'tokenizer  $(DEMO)/tokenizer/     tokenizer.json' \
	  'report     $(DEMO)/report.html    and report.json, report.csv'

test: setup
	$(SWIFT) build --build-tests $(BUILD_FLAGS)
	$(SWIFT) test --skip-build --parallel $(BUILD_FLAGS)
	@program="$$($(SWIFT) build --show-bin-path $(BUILD_FLAGS))/xylem" && Tests/CommandLine/check.sh "$$program" && \
	  XYLEM_PROGRAM="$$program" scripts/docs.sh docs/tutorial.md
	@printf '\n%s\n' 'make test: all tests passed'

check: test build docs
	@scripts/docs.sh
	@for results in docs/benchmarks/*.jsonl; do \
	  python3 scripts/bench_table.py "$$results" --into "$${results%.jsonl}.md" --check || exit 1; done
	$(SWIFT) build $(RELEASE_FLAGS) $(BUILD_FLAGS) --product xylem-benchmark
	@scripts/setup.sh check
	@scripts/check.sh
	@Tests/Engines/check.sh
	@Tests/Slurm/check.sh

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests

bench: build
	$(SWIFT) build $(RELEASE_FLAGS) $(BUILD_FLAGS) --product xylem-benchmark
	@scripts/setup.sh check
	@scripts/bench.sh $(SCENARIO)

docs: setup
	$(SWIFT) build $(BUILD_FLAGS)
	@scripts/api_docs.sh

man: build
	rm -rf .build/man
	$(XYLEM) manual --output .build/man/man1

install: man
	install -D -m 755 $(XYLEM) $(DESTDIR)$(PREFIX)/bin/xylem
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 .build/man/man1/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(XYLEM) completions bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/xylem
	$(XYLEM) completions zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_xylem
	$(XYLEM) completions fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/xylem.fish

clean:
	rm -rf .build $(DEMO)

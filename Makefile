# librm: the library with its header and packages, its tests and its demo. `make help` lists the targets.

VERSION := $(shell awk '/^\#define RM_VERSION_/ { printf "%s%s", dot, $$3; dot = "." }' include/rm.h)
SONAME  := librm.so.0
PREFIX  ?= /usr/local
DESTDIR ?=

# Where Swift is often put, should it not be on PATH.
export PATH := $(PATH):$(HOME)/.local/share/swiftly/bin:/opt/swift/usr/bin

LIBRARY := build/lib/librm.so.$(VERSION)
PACKAGE := build/lib/librm.so build/include/rm.h build/lib/pkgconfig/librm.pc \
           build/lib/cmake/librm/librmConfig.cmake build/lib/cmake/librm/librmConfigVersion.cmake \
           build/share/librm/models
SOURCES := Package.swift rm.map include/rm.h include/module.modulemap $(shell find -L Sources -type f)

all: $(PACKAGE)  ## Build build/lib/librm.so, build/include/rm.h and the files for pkg-config and CMake (default)

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo '  PREFIX=... and DESTDIR=... say where to install; LAYERS="C Fortran" runs these tests alone'

$(LIBRARY): $(SOURCES)
	@tools/setup check-swift
	@rm -f .build/release/librm.so  # SwiftPM does not watch rm.map
	swift build -c release --disable-local-rpath --product rm
	@mkdir -p $(@D)
	strip --strip-debug --discard-all -o $@ .build/release/librm.so

build/lib/$(SONAME): $(LIBRARY)
	ln -sf $(<F) $@

build/lib/librm.so: build/lib/$(SONAME)
	ln -sf $(<F) $@

build/include/rm.h: include/rm.h
	@mkdir -p $(@D)
	cp $< $@

# librm finds its models relative to itself, in build as in a prefix.
build/share/librm/models:
	@mkdir -p $(@D)
	ln -sfn ../../../models $@

build/lib/pkgconfig/%.pc: bindings/pkgconfig/%.pc.in include/rm.h
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< > $@

build/lib/cmake/librm/%.cmake: bindings/cmake/%.cmake.in include/rm.h
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< > $@

# Fortran: the sources are installed; the modules and the archive fit the compiler that made them.

FORTRAN := build/lib/librm_fortran.a build/lib/pkgconfig/librm-fortran.pc
FC := $(if $(filter default,$(origin FC)),gfortran,$(FC))
FFLAGS ?= -O2

fortran: $(FORTRAN)  ## Build the Fortran modules and build/lib/librm_fortran.a

# In the order in which each needs those before.
FORTRAN_MODULES := rm_c rm_base rm_model rm_evaluate rm_relax rm_search rm_train rm

build/lib/librm_fortran.a: $(FORTRAN_MODULES:%=bindings/fortran/%.f90)
	@tools/setup check fortran
	@rm -rf $@ build/fortran && mkdir -p $(@D) build/include/librm-fortran build/fortran
	cd build/fortran && for name in $(FORTRAN_MODULES); do \
	  $(FC) $(FFLAGS) -fPIC -std=f2018 -Wall -Wextra -J ../include/librm-fortran \
	    -c ../../bindings/fortran/$$name.f90 || exit; done
	$(AR) rcs $@ build/fortran/*.o

# The Fortran modules go along where they have been built or can be.
install: all $(if $(shell command -v $(FC)),fortran)  ## Install under DESTDIR/PREFIX (PREFIX=/usr/local)
	tools/install "$(DESTDIR)$(PREFIX)"
	@test -n "$(DESTDIR)" || ldconfig 2>/dev/null || true  # for the loader's list

setup:  ## Install what is missing: Debian packages, and Python's into .venv
	tools/setup

VENV := .venv/.librm

# The Python package carries the library along.
PYTHON_SOURCES := $(shell find bindings/python -type f -not -path '*/__pycache__/*' -not -path '*.egg-info/*')
$(VENV): build/lib/librm.so $(PYTHON_SOURCES) $(wildcard models/*/model.safetensors)
	tools/setup python
	@touch $@

python: setup all  ## Install the Python package with the library into .venv
	@$(MAKE) --no-print-directory $(VENV)

judging: python  ## Install what judging models needs (Benchmarks/quality)
	tools/setup judging

demo: python  ## Set all up and run the demo
	@$(MAKE) --no-print-directory fortran
	.venv/bin/python examples/demo/demo.py

test: setup all  ## Set all up and run all tests; LAYERS=... for some of Swift C C++ Fortran Python install
	@tools/test $(LAYERS)

check-abi: all  ## Check what the library exports and needs
	tools/check-abi $(LIBRARY) include/rm.h

clean:  ## Remove all that was built (.venv stays)
	rm -rf build .build .build-tests $(VENV)

include Tests/programs.mk

.PHONY: all help fortran install setup python judging demo test check-abi clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

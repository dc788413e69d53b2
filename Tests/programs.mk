# Test programs and examples in C, C++ and Fortran; tools/test builds and runs them layer by layer.

STRICT  := -O1 -g -Wall -Wextra -Wpedantic -Werror
LINKING := -Lbuild/lib -Wl,-rpath,$(CURDIR)/build/lib -lrm

C_TESTS       := $(patsubst Tests/C/%.c,build/tests/C/%,$(wildcard Tests/C/*.c))
C_EXAMPLES    := $(patsubst examples/c/%.c,build/examples/c/%,$(wildcard examples/c/*.c))
CXX_TESTS     := $(patsubst Tests/C/%.cpp,build/tests/C++/%,$(wildcard Tests/C/*.cpp))
FORTRAN_TESTS := $(patsubst Tests/Fortran/%.f90,build/tests/Fortran/%,$(wildcard Tests/Fortran/test_*.f90))
FORTRAN_EXAMPLES := $(patsubst examples/fortran/%.f90,build/examples/fortran/%,$(wildcard examples/fortran/*.f90))

build-tests-C: build/tests/goldens/.made $(C_TESTS) $(C_EXAMPLES)
build-tests-C++: $(CXX_TESTS)
build-tests-Fortran: build/tests/goldens/.made $(FORTRAN_TESTS) $(FORTRAN_EXAMPLES)

build/tests/goldens/.made: Tests/C/goldens.py $(wildcard Tests/fixtures/*)
	python3 Tests/C/goldens.py Tests/fixtures $(@D)
	@mkdir -p build/tests/scratch
	@touch $@

build/tests/C/%: Tests/C/%.c $(wildcard Tests/C/*.h) build/include/rm.h | build/lib/librm.so
	@mkdir -p $(@D)
	$(CC) -std=c11 $(STRICT) -Ibuild/include $< -o $@ $(LINKING) -lm -ldl -pthread

build/tests/C++/%: Tests/C/%.cpp $(wildcard Tests/C/*.h) build/include/rm.h | build/lib/librm.so
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(STRICT) -Ibuild/include $< -o $@ $(LINKING)

build/examples/c/%: examples/c/%.c build/include/rm.h | build/lib/librm.so
	@mkdir -p $(@D)
	$(CC) -std=c11 $(STRICT) -Ibuild/include $< -o $@ $(LINKING) $(OPTIMIZER) -lm

build/examples/c/08_nlopt: OPTIMIZER = $(shell pkg-config --cflags --libs nlopt)

FORTRAN_STRICT := -O1 -g -std=f2018 -fcheck=all -Wall -Wextra -Werror \
                  -Wno-unused-dummy-argument -Wno-compare-reals -Wno-function-elimination -Wno-integer-division

build/tests/Fortran/layout.o: Tests/Fortran/layout.c build/include/rm.h
	@mkdir -p $(@D)
	$(CC) -std=c11 $(STRICT) -Ibuild/include -c $< -o $@

build/tests/Fortran/%.o: Tests/Fortran/%.f90 build/lib/librm_fortran.a
	@mkdir -p $(@D)
	$(FC) $(FORTRAN_STRICT) -Ibuild/include/librm-fortran -J $(@D) -c $< -o $@

FORTRAN_HELPERS := $(patsubst %,build/tests/Fortran/%.o,check callbacks layout)

build/tests/Fortran/%: Tests/Fortran/%.f90 $(FORTRAN_HELPERS) build/lib/librm_fortran.a | build/lib/librm.so
	$(FC) $(FORTRAN_STRICT) -Ibuild/include/librm-fortran -J $(@D) $^ -o $@ $(LINKING)

build/examples/fortran/%: examples/fortran/%.f90 build/lib/librm_fortran.a | build/lib/librm.so
	@mkdir -p $(@D)
	$(FC) $(FORTRAN_STRICT) -Ibuild/include/librm-fortran -J $(@D) $^ -o $@ $(LINKING)

# KIM: the driver and the fixtures' models as KIM items, built both ways, and a host of ours.

KIM_SOURCES := $(wildcard bindings/kim/* bindings/kim/*/*) build/include/rm.h build/lib/librm.so
KIM_FIXTURES := $(wildcard Tests/fixtures/models/*.safetensors) build/tests/kim/damaged.safetensors
KIM_FLAGS = $(shell pkg-config --cflags --libs libkim-api)
KIM_ENVIRONMENT = KIM_API_MODEL_DRIVERS_DIR=$(CURDIR)/build/tests/kim/$(1)/drivers \
                  KIM_API_PORTABLE_MODELS_DIR=$(CURDIR)/build/tests/kim/$(1)/models

build-tests-kim: build/tests/kim/plain/.made build/tests/kim/cmake/.made build/tests/kim/test_driver \
                 build/tests/kim/forces_utility

build/tests/kim/damaged.safetensors: Tests/fixtures/models/random-carbon-l3-nu3.safetensors
	@mkdir -p $(@D)
	sed 's/"radial.frequencies"/"radial.frequencieZ"/' $< > $@

build/tests/kim/plain/.made: $(KIM_SOURCES) $(KIM_FIXTURES)
	@rm -rf $(@D)
	for model in $(KIM_FIXTURES); do \
	  $(call KIM_ENVIRONMENT,plain) bindings/kim/librm-kim --collection environment $$model || exit; done
	@touch $@

build/tests/kim/cmake/.made: $(KIM_SOURCES) $(KIM_FIXTURES) build/lib/cmake/librm/librmConfig.cmake
	@rm -rf $(@D) && mkdir -p $(@D)
	Tests/Kim/items_by_cmake $(@D) $(KIM_FIXTURES)
	@touch $@

build/tests/kim/test_driver: $(wildcard Tests/Kim/*.cpp Tests/Kim/*.hpp Tests/C/check.h) | build/lib/librm.so
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(STRICT) -Ibuild/include $(filter %.cpp,$^) -o $@ $(KIM_FLAGS) $(LINKING) -pthread

# The KIM API's own check of forces, which Debian has as an example in libkim-api-doc.
KIM_UTILITY := $(wildcard $(addsuffix /utility_forces_numer_deriv/utility_forces_numer_deriv.f90, \
                 $(wildcard /usr/share/doc/*kim-api*/examples/simulators)))
build/tests/kim/forces_utility: $(firstword $(KIM_UTILITY))
	@mkdir -p $(@D)
	$(if $<,cd $(@D) && $(FC) -O1 $(abspath $<) -I$(shell pkg-config --variable=moddir libkim-api) \
	  $(shell pkg-config --cflags --libs libkim-api) -o $(@F))

.PHONY: build-tests-C build-tests-C++ build-tests-Fortran build-tests-kim

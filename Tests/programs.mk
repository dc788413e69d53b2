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

.PHONY: build-tests-C build-tests-C++ build-tests-Fortran

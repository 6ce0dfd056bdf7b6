//! Verilator models built, loaded and driven at run time.

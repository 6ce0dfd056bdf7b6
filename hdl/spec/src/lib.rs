//! Configuration, register table and firmware of the memory controller hub, free of any hardware library.

//! Golden software model of the memory controller hub.

//! AXI drivers, monitors, memory models and waveforms for simulated designs.

// The same simulation as main.rs, with nothing between the loop and the model.
#include "Vmixer.h"
#include "verilated.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int, char** arguments) {
    const unsigned long cycles = std::strtoul(arguments[1], nullptr, 10);
    VerilatedContext context;
    Vmixer model{&context};
    model.rst = 1;
    model.clk = 0;
    model.eval();
    model.clk = 1;
    model.eval();
    model.rst = 0;
    unsigned long sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (unsigned long cycle = 0; cycle < cycles; ++cycle) {
        model.enable = (cycle & 7) != 0;
        model.data = cycle * 0x9e3779b97f4a7c15ul;
        model.clk = 0;
        model.eval();
        model.clk = 1;
        model.eval();
        if (model.valid) sum += model.q;
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::printf("%lu %.9f\n", sum, time.count());
}

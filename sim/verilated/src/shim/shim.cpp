// The C side of an instance: everything Rust calls, behind one table of functions.
//
// Compiled after prelude.h. A generated "interface.h" defines SHIM_VCD, SHIM_FST, SHIM_SAVABLE, SHIM_COVERAGE,
// SHIM_RANDOM, SHIM_SHORT_EVAL, SHIM_ACTIVITY, SHIM_PORT_LIST and SHIM_PORT_ADDRESSES.
#include "interface.h"
#include "Vmodel.h"
#include "Vmodel___024root.h"
#if SHIM_SHORT_EVAL
#include "Vmodel__Syms.h"
void Vmodel___024root___eval(Vmodel___024root*);
#endif
#if SHIM_VCD
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#elif SHIM_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#endif
#if SHIM_COVERAGE
#include "verilated_cov.h"
#endif

namespace {

enum State : int { RUNNING = 0, FINISHED = 1, STOPPED = 2, FATAL = 3 };

struct Fatal {};

constexpr size_t PRINTED_LIMIT = 1 << 20;

struct Handle {
    // Set while the short form of evaluation will do: initialised, and not stopped.
    Vmodel___024root* ready = nullptr;
    int state = RUNNING;
    bool tracing = false;
    // Set while a waveform is written: what fails then must not throw, since destructors write, too.
    bool writing = false;
    VerilatedContext context;
    std::unique_ptr<Vmodel> model;
#if SHIM_VCD || SHIM_FST
    std::unique_ptr<Trace> trace;
#endif
    bool evaluated = false;
    uint64_t half_period = 1;
    uint64_t draws = 0;
    std::string printed;
    std::string stopped;
    std::vector<uint8_t> saved;
};

// The instance at work on this thread, for the call-backs that Verilator gives no argument. To look it
// up costs as much as a small model, so Rust, where it is cheap, knows when it has to change.
thread_local Handle* current = nullptr;

void enter(Handle* handle) noexcept {
    current = handle;
    Verilated::threadContextp(&handle->context);
}

// Tells whether the model is initialised and build.rs found nothing else in the generated eval_step()
// than what evaluate_model does: the rest looks after threads of models, of which there are none, in
// thread-local variables that cost more than a small model.
inline void settle_ready(Handle* handle) {
#if SHIM_SHORT_EVAL
    Vmodel___024root* const root = handle->model->rootp;
    handle->ready = handle->state == RUNNING && root->vlSymsp->__Vm_didInit ? root : nullptr;
#else
    (void)handle;
#endif
}

inline void evaluate_model(Handle* handle) {
#if SHIM_SHORT_EVAL
    if (Vmodel___024root* const root = handle->ready) {
#if SHIM_ACTIVITY
        root->vlSymsp->__Vm_activity = true;
#endif
        Vmodel___024root___eval(root);
        return;
    }
#endif
    handle->evaluated = true;
    handle->model->eval();
    settle_ready(handle);
}

void stop(State state, const char* file, int line, const char* what) {
    if (!current) return;
    if (current->state == RUNNING) {
        current->stopped = std::string(file ? file : "") + ":" + std::to_string(line) + ": " + what;
    }
    if (state > current->state) current->state = state;
    current->ready = nullptr;
    if (state == FINISHED) current->context.gotFinish(true);
}

template <typename Function>
inline int guarded(Handle* handle, Function&& function) noexcept {
    try {
        function();
    } catch (const Fatal&) {
        handle->state = FATAL;
        handle->ready = nullptr;
    } catch (const std::exception& exception) {
        handle->state = FATAL;
        handle->ready = nullptr;
        handle->stopped = exception.what();
    } catch (...) {
        handle->state = FATAL;
        handle->ready = nullptr;
        handle->stopped = "exception in the model";
    }
    return handle->state;
}

#if SHIM_VCD || SHIM_FST
// A waveform that cannot be written stops the model; Verilator then closes the file by itself.
template <typename Function>
inline void write_trace(Handle* handle, Function&& function) {
    handle->writing = true;
    function();
    handle->writing = false;
    if (handle->state == FATAL) handle->tracing = false;
}
#endif

#if SHIM_SAVABLE
class Writer final : public VerilatedSerialize {
    std::vector<uint8_t>& m_to;

public:
    explicit Writer(std::vector<uint8_t>& to)
        : m_to(to) {
        m_isOpen = true;
    }
    void flush() override {
        m_to.insert(m_to.end(), m_bufp, m_cp);
        m_cp = m_bufp;
    }
};

// Reads straight from the caller's bytes: the end is declared one insertion size late, so that
// the base class never asks for more.
class Reader final : public VerilatedDeserialize {
    uint8_t* m_own;
    const uint8_t* m_end;

public:
    Reader(const uint8_t* from, size_t length)
        : m_own(m_bufp)
        , m_end(from + length) {
        m_isOpen = true;
        m_cp = const_cast<uint8_t*>(from);
        m_endp = m_cp + length + bufferInsertSize();
    }
    ~Reader() override { m_bufp = m_own; }
    void fill() override { throw Fatal{}; }
    bool complete() const { return m_cp == m_end; }
};
#endif

// Except for create and destroy, the caller has entered the handle on this thread where a function
// takes it without const.


Handle* create(int seed) noexcept {
    try {
        std::unique_ptr<Handle> handle{new Handle};
        enter(handle.get());
#if SHIM_RANDOM
        handle->context.randReset(2);
#endif
        handle->context.randSeed(seed);
#if SHIM_VCD || SHIM_FST
        handle->context.traceEverOn(true);
#endif
        handle->model.reset(new Vmodel{&handle->context, "TOP"});
        return handle.release();
    } catch (...) {
        current = nullptr;
        return nullptr;
    }
}

void destroy(Handle* handle) noexcept {
    enter(handle);
    guarded(handle, [&] {
        if (handle->state != FATAL) handle->model->final();
    });
#if SHIM_VCD || SHIM_FST
    guarded(handle, [&] {
        write_trace(handle, [&] {
            if (handle->trace) handle->trace->close();
            handle->trace.reset();
        });
    });
#endif
    delete handle;
    current = nullptr;
}

void addresses(Handle* handle, void** to) noexcept {
    Vmodel& model = *handle->model;
    (void)model;
    (void)to;
    SHIM_PORT_ADDRESSES
}

int evaluate(Handle* handle) noexcept {
    if (__builtin_expect(!handle->ready, 0) && handle->state != RUNNING) return handle->state;
    return guarded(handle, [&] { evaluate_model(handle); });
}

inline void half_cycle(Handle* handle, uint8_t* clock, uint8_t level) {
    *clock = level;
    evaluate_model(handle);
#if SHIM_VCD || SHIM_FST
    if (handle->tracing) write_trace(handle, [&] { handle->trace->dump(handle->context.time()); });
#endif
    handle->context.timeInc(handle->half_period);
}

int cycle(Handle* handle, uint8_t* clock, uint64_t count) noexcept {
    if (__builtin_expect(handle->state != RUNNING, 0)) return handle->state;
    return guarded(handle, [&] {
        while (count-- && handle->state == RUNNING) {
            half_cycle(handle, clock, 0);
            half_cycle(handle, clock, 1);
        }
    });
}

uint64_t get_time(const Handle* handle) noexcept { return handle->context.time(); }
void set_time(Handle* handle, uint64_t time) noexcept { handle->context.time(time); }
void set_half_period(Handle* handle, uint64_t units) noexcept { handle->half_period = units; }
int time_precision(const Handle* handle) noexcept { return handle->context.timeprecision(); }

const char* stop_reason(const Handle* handle) noexcept { return handle->stopped.c_str(); }
void resume(Handle* handle) noexcept {
    if (handle->state == FATAL) return;
    handle->state = RUNNING;
    handle->stopped.clear();
    handle->context.gotFinish(false);
    handle->context.gotError(false);
}
const char* printed(const Handle* handle, size_t* length) noexcept {
    *length = handle->printed.size();
    return handle->printed.data();
}
void clear_printed(Handle* handle) noexcept { handle->printed.clear(); }

int open_trace(Handle* handle, const char* path) noexcept {
#if SHIM_VCD || SHIM_FST
    bool open = false;
    guarded(handle, [&] {
        if (handle->trace) handle->trace->close();
        handle->trace.reset(new Trace);
        handle->model->trace(handle->trace.get(), 99);
        handle->trace->open(path);
        open = handle->trace->isOpen();
        handle->tracing = open;
    });
    return open ? 0 : 1;
#else
    (void)handle;
    (void)path;
    return 2;
#endif
}
void dump_trace(Handle* handle) noexcept {
#if SHIM_VCD || SHIM_FST
    if (handle->tracing) {
        guarded(handle, [&] { write_trace(handle, [&] { handle->trace->dump(handle->context.time()); }); });
    }
#else
    (void)handle;
#endif
}
void flush_trace(Handle* handle) noexcept {
#if SHIM_VCD || SHIM_FST
    if (handle->tracing) guarded(handle, [&] { write_trace(handle, [&] { handle->trace->flush(); }); });
#else
    (void)handle;
#endif
}
void close_trace(Handle* handle) noexcept {
#if SHIM_VCD || SHIM_FST
    if (handle->tracing) guarded(handle, [&] { write_trace(handle, [&] { handle->trace->close(); }); });
    handle->tracing = false;
#else
    (void)handle;
#endif
}

int write_coverage(Handle* handle, const char* path) noexcept {
#if SHIM_COVERAGE
    try {
        handle->context.coveragep()->write(path);
        return 0;
    } catch (...) {
        return 1;
    }
#else
    (void)handle;
    (void)path;
    return 2;
#endif
}

int save(Handle* handle, const uint8_t** data, size_t* length) noexcept {
#if SHIM_SAVABLE
    if (handle->state != RUNNING) return 3;
    try {
        handle->saved.clear();
        Writer writer{handle->saved};
        writer << &handle->context;
        writer << *handle->model;
        writer.flush();
        *data = handle->saved.data();
        *length = handle->saved.size();
        return 0;
    } catch (...) {
        return 1;
    }
#else
    (void)handle;
    (void)data;
    (void)length;
    return 2;
#endif
}

int restore(Handle* handle, const uint8_t* data, size_t length) noexcept {
#if SHIM_SAVABLE
    try {
        Reader reader{data, length};
        reader >> &handle->context;
        reader >> *handle->model;
        if (!reader.complete()) throw Fatal{};
        handle->state = RUNNING;
        handle->stopped.clear();
        handle->evaluated = true;
        settle_ready(handle);
        return 0;
    } catch (...) {
        handle->state = FATAL;
        handle->ready = nullptr;
        handle->stopped = "snapshot could not be read";
        return 1;
    }
#else
    (void)handle;
    (void)data;
    (void)length;
    return 2;
#endif
}

struct Internal {
    void* data;
    uint32_t element_bytes;
    uint32_t width;
    uint64_t elements;
    int64_t lowest;
};

// An element's width; the first form is of newer Verilators.
template <typename Variable>
auto bits(const Variable* variable, int) -> decltype(variable->entBits()) {
    return variable->entBits();
}
template <typename Variable>
uint32_t bits(const Variable* variable, long) {
    return variable->elements(0);
}

// Finds a public signal; the answer is 0 found, 1 no such scope, 2 no such signal, 3 of no usable shape.
int internal(Handle* handle, const char* scope, const char* name, Internal* to) noexcept {
    const VerilatedScope* const found = handle->context.scopeFind(scope);
    if (!found) return 1;
    VerilatedVar* const variable = found->varFind(name);
    if (!variable) return 2;
    const int unpacked = variable->udims();
    if (unpacked > 1) return 3;
    // The initial values must be there before anybody looks at or replaces them.
    if (!handle->evaluated) guarded(handle, [&] { evaluate_model(handle); });
    const uint32_t width = bits(variable, 0);
    switch (variable->vltype()) {
    case VLVT_UINT8: to->element_bytes = 1; break;
    case VLVT_UINT16: to->element_bytes = 2; break;
    case VLVT_UINT32: to->element_bytes = 4; break;
    case VLVT_UINT64: to->element_bytes = 8; break;
    case VLVT_WDATA: to->element_bytes = 4 * ((width + 31) / 32); break;
    default: return 3;
    }
    to->data = variable->datap();
    to->width = width;
    to->elements = unpacked ? variable->elements(1) : 1;
    to->lowest = unpacked ? std::min(variable->left(1), variable->right(1)) : 0;
    return 0;
}

struct Port {
    const char* name;
    uint32_t width;
    uint8_t bytes;  // 1, 2, 4 or 8; 0 for an array of 32-bit words
    uint8_t direction;  // 0 input, 1 output, 2 both
};

const Port PORTS[] = {SHIM_PORT_LIST{nullptr, 0, 0, 0}};

struct Functions {
    uint64_t port_count;
    const Port* ports;
    Handle* (*create)(int);
    void (*destroy)(Handle*);
    void (*enter)(Handle*);
    void (*addresses)(Handle*, void**);
    int (*evaluate)(Handle*);
    int (*cycle)(Handle*, uint8_t*, uint64_t);
    uint64_t (*get_time)(const Handle*);
    void (*set_time)(Handle*, uint64_t);
    void (*set_half_period)(Handle*, uint64_t);
    int (*time_precision)(const Handle*);
    const char* (*stop_reason)(const Handle*);
    void (*resume)(Handle*);
    const char* (*printed)(const Handle*, size_t*);
    void (*clear_printed)(Handle*);
    int (*open_trace)(Handle*, const char*);
    void (*dump_trace)(Handle*);
    void (*flush_trace)(Handle*);
    void (*close_trace)(Handle*);
    int (*write_coverage)(Handle*, const char*);
    int (*save)(Handle*, const uint8_t**, size_t*);
    int (*restore)(Handle*, const uint8_t*, size_t);
    int (*internal)(Handle*, const char*, const char*, Internal*);
};

const Functions FUNCTIONS = {
    sizeof(PORTS) / sizeof(PORTS[0]) - 1,
    PORTS,
    create,
    destroy,
    enter,
    addresses,
    evaluate,
    cycle,
    get_time,
    set_time,
    set_half_period,
    time_precision,
    stop_reason,
    resume,
    printed,
    clear_printed,
    open_trace,
    dump_trace,
    flush_trace,
    close_trace,
    write_coverage,
    save,
    restore,
    internal,
};

}  // namespace

int verilated_shim_print(const char* format, ...) {
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(line, sizeof(line), format, arguments);
    if (current && length > 0 && current->printed.size() < PRINTED_LIMIT) {
        if (static_cast<size_t>(length) < sizeof(line)) {
            current->printed.append(line, length);
        } else {
            std::vector<char> longer(length + 1);
            vsnprintf(longer.data(), longer.size(), format, again);
            current->printed.append(longer.data(), length);
        }
    }
    va_end(again);
    va_end(arguments);
    return length;
}

uint64_t verilated_shim_draw() { return current ? ++current->draws * 0x9e3779b97f4a7c15u : 0; }

// These replace Verilator's own, which print and end the process.
void vl_finish(const char* file, int line, const char*) { stop(FINISHED, file, line, "$finish"); }
void vl_stop(const char* file, int line, const char*) { stop(STOPPED, file, line, "$stop, or a failed assertion"); }
void vl_fatal(const char* file, int line, const char*, const char* message) {
    stop(FATAL, file, line, message);
    if (current && current->writing) return;
    throw Fatal{};  // the callers would go on, some of them for ever
}

extern "C" __attribute__((visibility("default"))) const void* verilated_shim_functions() {
    return &FUNCTIONS;
}

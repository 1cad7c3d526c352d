//! The collector's process: its allocator's settings and its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    set_up_allocator();
    crm_collector::cli::main()
}

/// Pools of memory that glibc's allocator keeps for threads. Events are read on one thread and
/// written on another, so what is freed lands in the pools of threads that have no use for it. Few
/// pools, shared by all, keep to two thirds of the memory.
#[cfg(target_env = "gnu")]
const ARENAS: i32 = 4;

/// Blocks of this size and above are the system's own, and go back to it when they are freed. Left
/// alone, the allocator raises this to 32 MiB as soon as a large block was freed, and cuts the next
/// ones out of its pools: 22 passwords, of 19 MiB each and two at a time, left 256 MiB behind.
#[cfg(target_env = "gnu")]
const LARGE_BYTES: i32 = 256 * 1024;

#[cfg(target_env = "gnu")]
fn set_up_allocator() {
    for (setting, value) in [(libc::M_ARENA_MAX, ARENAS), (libc::M_MMAP_THRESHOLD, LARGE_BYTES)] {
        #[expect(
            unsafe_code,
            reason = "plain settings of the allocator, before any thread is started"
        )]
        // SAFETY: takes two integers, touches no memory of ours, and no other thread runs yet.
        let set = unsafe { libc::mallopt(setting, value) };
        // Refused, it would cost memory and nothing else.
        debug_assert_eq!(set, 1);
    }
    crm_collector::memory::gives_back_by(give_back);
}

/// Blocks below that size stay in the pools when they are freed, also where all of a pool is free: an
/// analysis of a large shop left 80 MiB behind.
#[cfg(target_env = "gnu")]
fn give_back() {
    #[expect(unsafe_code, reason = "asks the allocator for what it may do at any time")]
    // SAFETY: takes an integer, and what is in use stays where it is.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(target_env = "gnu"))]
fn set_up_allocator() {}

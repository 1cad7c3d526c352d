//! The collector's process: its allocator's setting and its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    share_arenas();
    crm_collector::cli::main()
}

/// Pools of memory that glibc's allocator keeps for threads.
#[cfg(target_env = "gnu")]
const ARENAS: i32 = 4;

/// Events are read on one thread and written on another, so what is freed lands in the pools of
/// threads that have no use for it. Few pools, shared by all, keep to two thirds of the memory.
#[cfg(target_env = "gnu")]
fn share_arenas() {
    #[expect(
        unsafe_code,
        reason = "a plain setting of the allocator, before any thread is started"
    )]
    // SAFETY: takes two integers, touches no memory of ours, and no other thread runs yet.
    let set = unsafe { libc::mallopt(libc::M_ARENA_MAX, ARENAS) };
    // Refused, it would cost memory and nothing else.
    debug_assert_eq!(set, 1);
}

#[cfg(not(target_env = "gnu"))]
fn share_arenas() {}

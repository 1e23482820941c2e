import Glibc
import Synchronization

/// Sends every job of the global executor to the scheduler that is in charge.
///
/// The runtime offers the hook `swift_task_enqueueGlobal_hook` for exactly this; its signature is
/// not part of the language, so this is for simulation only.
package enum GlobalHook {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// Weak in effect: the simulator keeps its scheduler as long as it is in charge.
    private static let charge = Mutex<SimScheduler?>(nil)
    static let executor = GlobalExecutor()

    /// Puts `scheduler` in charge of all global jobs of this process, or gives them back.
    package static func install(_ scheduler: SimScheduler?) {
        self.charge.withLock { $0 = scheduler }
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
            preconditionFailure("this Swift runtime has no hook for its global executor")
        }
        let hook = symbol.assumingMemoryBound(to: Hook?.self)
        guard scheduler != nil else {
            hook.pointee = nil
            return
        }
        hook.pointee = { job, original in
            guard let scheduler = GlobalHook.charge.withLock({ $0 }) else { return original(job) }
            scheduler.enqueueGlobal(job)
        }
    }

    /// Only names where global jobs run.
    final class GlobalExecutor: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            GlobalHook.charge.withLock { $0 }?.enqueueGlobal(job)
        }
    }
}

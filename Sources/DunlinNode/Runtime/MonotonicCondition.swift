import Glibc

/// A lock with a condition whose timed waits no step of the wall's clock makes longer or shorter:
/// Foundation's wait until a date would sleep for an hour more when the clock is set back by one.
///
/// `@unchecked Sendable`: what it holds is made for use from many threads.
final class MonotonicCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        var attributes = pthread_condattr_t()
        let isMade =
            pthread_mutex_init(self.mutex, nil) == 0 && pthread_condattr_init(&attributes) == 0
            && pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0
            && pthread_cond_init(self.condition, &attributes) == 0
        precondition(isMade, "no memory for a lock")
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(self.mutex) }
    func unlock() { pthread_mutex_unlock(self.mutex) }
    func signal() { pthread_cond_signal(self.condition) }
    func wait() { pthread_cond_wait(self.condition, self.mutex) }

    /// Waits for a signal, at most so long; now and then it returns for nothing.
    func wait(ms: Int64) {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = Int64(end.tv_nsec) + ms % 1000 * 1_000_000
        end.tv_sec += Int(ms / 1000 + nanoseconds / 1_000_000_000)
        end.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_cond_timedwait(self.condition, self.mutex, &end)
    }
}

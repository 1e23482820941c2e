import ArgumentParser

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file with a run's number, eight bytes, little-endian: what is left after a crash.
struct RunMark {
    private let descriptor: Int32

    init(path: String) throws {
        self.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard self.descriptor >= 0 else {
            throw ValidationError("\(path) cannot be written. Choose another file for --last.")
        }
    }

    func set(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes in
            _ = pwrite(self.descriptor, bytes.baseAddress, bytes.count, 0)
        }
    }
}

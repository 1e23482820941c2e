/// Carries a connection's bytes. Used only on the connection's event loop.
protocol ByteLink: AnyObject {
    /// False while what was written waits for the peer: write no more until told.
    var isWritable: Bool { get }

    /// Writes and flushes.
    func write(_ bytes: [UInt8])

    /// Ends the connection after what was written has left. May be called again.
    func close()
}

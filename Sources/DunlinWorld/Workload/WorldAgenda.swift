import DunlinCore

/// What a run has ahead: for each step what is told, and whose messages are looked at.
///
/// Holds only accounts with a failure; 16 bytes for each entry, and one look at a time for each
/// episode.
struct WorldAgenda: Sendable {
    struct Entry: Sendable {
        var index: UInt32
        var renewal: UInt16
        var news: WorldNews?

        var episode: UInt64 { UInt64(self.index) << 16 | UInt64(self.renewal) }
    }

    private var news: [[Entry]]
    private var looks: [[Entry]]

    /// All failing renewals of accounts `range`.
    init(_ workload: WorldWorkload, accounts range: Range<UInt64>) {
        self.news = Array(repeating: [], count: workload.steps)
        self.looks = Array(repeating: [], count: workload.steps)
        for index in range {
            workload.failures(of: index) { renewal, step in
                self.tell(.renewalFailed, index, renewal, at: step)
            }
        }
    }

    var steps: Int { self.news.count }

    mutating func tell(_ news: WorldNews, _ index: UInt64, _ renewal: UInt32, at step: Int) {
        guard step < self.news.count else { return }
        self.news[step].append(
            Entry(
                index: UInt32(clamping: index), renewal: UInt16(clamping: renewal), news: news))
    }

    mutating func look(_ index: UInt64, _ renewal: UInt32, at step: Int?) {
        guard let step, step < self.looks.count else { return }
        self.looks[step].append(
            Entry(index: UInt32(clamping: index), renewal: UInt16(clamping: renewal), news: nil))
    }

    /// What is told at a step, in the order of accounts, at most one thing of each: what is too
    /// much is told a step later, the earlier renewal's first.
    mutating func takeNews(at step: Int) -> [Entry] {
        var entries = self.news[step]
        self.news[step] = []
        entries.sort { ($0.index, $0.renewal) < ($1.index, $1.renewal) }
        var taken: [Entry] = []
        taken.reserveCapacity(entries.count)
        for entry in entries {
            if taken.last?.index == entry.index {
                if step + 1 < self.news.count { self.news[step + 1].append(entry) }
            } else {
                taken.append(entry)
            }
        }
        return taken
    }

    mutating func takeLooks(at step: Int) -> [Entry] {
        let entries = self.looks[step]
        self.looks[step] = []
        return entries
    }
}

import DunlinCore

/// All rule files of a bundle, as one book.
struct RuleFiles {
    let files: [RuleFile]
    let book: RuleBook

    init(_ texts: [PolicyText]) {
        self.files = texts.map { RuleFile(text: $0.text, file: $0.file) }
        self.book = RuleBook(
            version: self.files.map(\.version).max() ?? 0,
            budgets: self.files.flatMap(\.budgets), schemes: self.files.flatMap(\.schemes),
            calendars: self.files.flatMap(\.calendars))
        self.checkNumbers()
        self.checkCalendars()
    }

    var findings: [Finding] { self.files.flatMap(\.log.ordered) }

    /// Within a file the numbers were checked already.
    private func checkNumbers() {
        var owners: [UInt32: String] = [:]
        for file in self.files {
            for number in file.budgets.map(\.number) + file.schemes.map(\.number) {
                if let owner = owners[number], owner != file.log.file {
                    file.log.error(
                        "number", "the number \(number) is taken by a row of \(owner)",
                        remedy: "Give each row its own number; permits name rows by it")
                }
                owners[number] = file.log.file
            }
        }
    }

    /// What is said in days needs a scheme's calendar; one that is named must exist.
    private func checkCalendars() {
        let names = self.book.calendars.map(\.name)
        for file in self.files {
            for (row, path) in zip(file.schemes, file.schemePaths) {
                if case .submission(let submission) = row.demand,
                    !names.contains(submission.calendar)
                {
                    file.log.error(
                        "\(path).submit.calendar",
                        "there is no calendar `\(shown(submission.calendar))`",
                        remedy: nearest(submission.calendar, of: names, what: "calendars"))
                }
                guard row.demand.needsCalendar, !self.hasSubmission(for: row) else { continue }
                file.log.error(
                    path, "`\(row.name)` counts days, and no row says when debits are handed in",
                    remedy: "Add a row with `submit:` for the same network")
            }
        }
    }

    private func hasSubmission(for row: SchemeRule) -> Bool {
        self.book.schemes.contains { other in
            if case .submission = other.demand { return other.network == row.network }
            return false
        }
    }
}

extension SchemeRule.Demand {
    fileprivate var needsCalendar: Bool {
        switch self {
        case .withinDays, .withinMonths: true
        case .notice(let notice):
            switch notice.span {
            case .days, .bankingDays: true
            case .ms: false
            }
        case .returnCodes, .representations, .sameAmount, .submission, .customerAbove: false
        }
    }
}

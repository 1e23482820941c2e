/// Rows in aligned columns, two spaces apart.
struct TextTable {
    enum Side {
        case left
        case right
    }

    /// Widest line of a table, in characters.
    static let widthMax = 100

    private var columns: [(title: String, side: Side)]
    private var rows: [[String]] = []

    init(_ columns: [(String, Side)]) {
        self.columns = columns.map { ($0.0, $0.1) }
    }

    /// Cells beyond the columns are left out, missing ones are empty.
    mutating func add(_ cells: [String]) {
        self.rows.append(cells)
    }

    /// The titles and rows; nothing but `empty` when there are no rows.
    func lines(empty: String) -> [String] {
        guard !self.rows.isEmpty else { return [empty] }
        let titles = self.columns.map(\.title)
        let widths = self.widths
        return [Colour.bold(self.line(titles, widths))] + self.rows.map { self.line($0, widths) }
    }

    /// Leaves out columns of these titles, one after the other, until the lines are narrow enough.
    ///
    /// Answers the titles that were left out.
    mutating func fit(dropping titles: [String]) -> [String] {
        var dropped: [String] = []
        for title in titles where self.width > Self.widthMax {
            guard let column = self.columns.firstIndex(where: { $0.title == title }) else {
                continue
            }
            self.columns.remove(at: column)
            for row in self.rows.indices where column < self.rows[row].count {
                self.rows[row].remove(at: column)
            }
            dropped.append(title)
        }
        return dropped
    }

    private var widths: [Int] {
        let titles = self.columns.map(\.title)
        return self.columns.indices.map { column in
            ([titles] + self.rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
    }

    private var width: Int { self.widths.reduce(0, +) + 2 * (self.columns.count - 1) }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, width) in widths.enumerated() {
            let cell = column < cells.count ? cells[column] : ""
            let padding = String(repeating: " ", count: width - cell.count)
            if column > 0 { line += "  " }
            line += self.columns[column].side == .left ? cell + padding : padding + cell
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

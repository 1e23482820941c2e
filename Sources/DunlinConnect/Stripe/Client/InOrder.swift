/// Transforms each item, at most `limit` at a time, and answers in the items' order.
func inOrder<Item: Sendable, Answer: Sendable>(
    _ items: [Item], limit: Int, _ transform: @escaping @Sendable (Item) async -> Answer
) async -> [Answer] {
    guard items.count > 1 else {
        var answers: [Answer] = []
        for item in items { answers.append(await transform(item)) }
        return answers
    }
    return await withTaskGroup(of: (Int, Answer).self) { group in
        var answers = [Answer?](repeating: nil, count: items.count)
        var next = 0
        while next < min(max(limit, 1), items.count) {
            let place = next
            group.addTask { (place, await transform(items[place])) }
            next += 1
        }
        while let (place, answer) = await group.next() {
            answers[place] = answer
            guard next < items.count else { continue }
            let place = next
            group.addTask { (place, await transform(items[place])) }
            next += 1
        }
        return answers.compactMap { $0 }
    }
}

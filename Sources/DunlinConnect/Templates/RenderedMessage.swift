/// A message as it is sent.
package struct RenderedMessage: Sendable, Equatable {
    /// One line.
    package var subject: String
    package var text: String
    package var html: String
    /// BCP 47, of the words that were used: `es`.
    package var language: String

    package init(subject: String, text: String, html: String, language: String) {
        self.subject = subject
        self.text = text
        self.html = html
        self.language = language
    }
}

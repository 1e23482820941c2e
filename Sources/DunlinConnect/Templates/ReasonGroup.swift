import DunlinCore

/// What a customer may be told about a decline: several classes share one neutral wording, so
/// that the wording never tells a sensitive reason from a harmless one.
enum ReasonGroup: String, CaseIterable {
    case funds
    case bank
    case card
    case confirm
    case temporary
    case method
    case agreement
    case general

    init(_ declineClass: DeclineClass) {
        switch declineClass {
        case .softFunds: self = .funds
        case .softVelocity, .softGeneric, .riskHold, .issuerPolicy: self = .bank
        case .lifecycle, .badCredential, .hardBlocked, .hardFraud, .hardLost, .hardStolen,
            .hardClosed, .wrongProduct, .notPermitted:
            self = .card
        case .customerAction, .authenticationRequired: self = .confirm
        case .technicalIssuer, .technicalNetwork, .technicalGateway: self = .temporary
        case .noMethod: self = .method
        case .hardRevoked, .stopPayment: self = .agreement
        case .unmapped, .merchantConfiguration, .duplicate, .merchantBlock, .budgetBlock, .dispute,
            .deceased:
            self = .general
        }
    }
}

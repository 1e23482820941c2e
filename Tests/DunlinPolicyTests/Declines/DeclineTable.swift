/// What each row of the decline map means, written down a second time: code, class, advice, wait in
/// minutes, wait in banking days, further tries.
enum DeclineTable {
    /// Gateways' own words.
    static let codes = """
        insufficient_funds softFunds wait 0 0 0
        refer_to_customer softFunds wait 10080 0 2
        card_velocity_exceeded softVelocity wait 1440 0 4
        withdrawal_count_limit_exceeded softVelocity wait 1440 0 4
        do_not_honor softGeneric wait 1440 0 5
        generic_decline softGeneric wait 1440 0 5
        card_declined softGeneric wait 1440 0 5
        no_action_taken softGeneric wait 1440 0 5
        call_issuer issuerPolicy once 4320 0 1
        approve_with_id issuerPolicy once 1440 0 1
        not_permitted notPermitted never 0 0 0
        do_not_try_again hardBlocked never 0 0 0
        fraudulent riskHold once 2880 0 1
        security_violation hardFraud never 0 0 0
        highest_risk_level merchantBlock afterOperator 0 0 0
        merchant_blacklist merchantBlock afterOperator 0 0 0
        previously_declined_do_not_retry budgetBlock never 0 0 0
        expired_card lifecycle afterCredentialChange 0 0 0
        invalid_expiry_month lifecycle afterCredentialChange 0 0 0
        invalid_expiry_year lifecycle afterCredentialChange 0 0 0
        new_account_information_available lifecycle afterCredentialChange 0 0 0
        incorrect_number badCredential afterCredentialChange 0 0 0
        invalid_number badCredential afterCredentialChange 0 0 0
        incorrect_cvc badCredential afterCredentialChange 0 0 0
        invalid_cvc badCredential afterCredentialChange 0 0 0
        incorrect_zip badCredential afterCredentialChange 0 0 0
        incorrect_address badCredential afterCredentialChange 0 0 0
        invalid_account badCredential afterCredentialChange 0 0 0
        pickup_card hardBlocked never 0 0 0
        lost_card hardLost never 0 0 0
        stolen_card hardStolen never 0 0 0
        restricted_card notPermitted once 4320 0 1
        revocation_of_authorization hardRevoked never 0 0 0
        revocation_of_all_authorizations hardRevoked never 0 0 0
        stop_payment_order hardRevoked never 0 0 0
        bank_account_closed hardClosed never 0 0 0
        account_closed hardClosed never 0 0 0
        no_account hardClosed never 0 0 0
        bank_account_restricted hardBlocked never 0 0 0
        recipient_deceased deceased never 0 0 0
        debit_not_authorized hardRevoked never 0 0 0
        card_not_supported wrongProduct afterCredentialChange 0 0 0
        transaction_not_allowed notPermitted never 0 0 0
        service_not_allowed merchantConfiguration afterOperator 0 0 0
        currency_not_supported notPermitted afterOperator 0 0 0
        invalid_amount merchantConfiguration afterOperator 0 0 0
        authentication_required authenticationRequired afterAuthentication 0 0 0
        authentication_not_handled authenticationRequired afterAuthentication 0 0 0
        offline_pin_required merchantConfiguration afterOperator 0 0 0
        online_or_offline_pin_required merchantConfiguration afterOperator 0 0 0
        incorrect_pin merchantConfiguration afterOperator 0 0 0
        invalid_pin merchantConfiguration afterOperator 0 0 0
        pin_try_exceeded customerAction once 1440 0 1
        issuer_not_available technicalIssuer backOff 60 0 6
        processing_error technicalNetwork backOff 15 0 6
        try_again_later technicalNetwork backOff 15 0 6
        reenter_transaction technicalNetwork backOff 60 0 2
        api_connection_error technicalGateway backOff 5 0 8
        api_error technicalGateway backOff 5 0 8
        rate_limit technicalGateway backOff 1 0 8
        no_payment_method noMethod afterCredentialChange 0 0 0
        api_key_invalid merchantConfiguration afterOperator 0 0 0
        invalid_request merchantConfiguration afterOperator 0 0 0
        duplicate_transaction duplicate afterLookUp 0 0 0
        testmode_decline merchantConfiguration afterOperator 0 0 0
        """

    /// Words that mean something else for one network's methods, the network first.
    static let wordsOfNetworks = """
        ach insufficient_funds softFunds wait 0 3 2
        sepa insufficient_funds softFunds wait 10080 0 2
        sepa refer_to_customer softGeneric once 10080 0 1
        bacs insufficient_funds softFunds wait 0 5 2
        bacs refer_to_customer softFunds wait 0 5 2
        """

    /// Response and return codes that mean the same on every network.
    static let responses = """
        04 hardBlocked never 0 0 0
        07 hardFraud never 0 0 0
        12 merchantConfiguration never 0 0 0
        15 badCredential never 0 0 0
        41 hardLost never 0 0 0
        43 hardStolen never 0 0 0
        46 hardClosed never 0 0 0
        57 notPermitted never 0 0 0
        R0 hardRevoked never 0 0 0
        R1 hardRevoked never 0 0 0
        R3 hardRevoked never 0 0 0
        14 badCredential afterCredentialChange 0 0 0
        03 merchantConfiguration afterOperator 0 0 0
        19 technicalNetwork backOff 60 0 2
        39 wrongProduct afterCredentialChange 0 0 0
        51 softFunds wait 0 0 0
        52 wrongProduct afterCredentialChange 0 0 0
        53 wrongProduct afterCredentialChange 0 0 0
        59 riskHold once 2880 0 1
        61 softVelocity wait 1440 0 4
        62 notPermitted once 4320 0 1
        65 softVelocity wait 1440 0 4
        75 customerAction once 1440 0 1
        78 customerAction once 4320 0 1
        86 technicalNetwork backOff 60 0 2
        91 technicalIssuer backOff 60 0 6
        93 issuerPolicy once 1440 0 1
        96 technicalNetwork backOff 15 0 6
        N3 merchantConfiguration afterOperator 0 0 0
        N4 merchantConfiguration afterOperator 0 0 0
        Z5 badCredential afterCredentialChange 0 0 0
        54 lifecycle afterCredentialChange 0 0 0
        55 merchantConfiguration afterOperator 0 0 0
        70 authenticationRequired afterAuthentication 0 0 0
        82 badCredential afterCredentialChange 0 0 0
        N7 badCredential afterCredentialChange 0 0 0
        1A authenticationRequired afterAuthentication 0 0 0
        6P authenticationRequired afterAuthentication 0 0 0
        01 issuerPolicy once 4320 0 1
        02 issuerPolicy once 4320 0 1
        05 softGeneric wait 1440 0 5
        13 merchantConfiguration afterOperator 0 0 0
        58 merchantConfiguration afterOperator 0 0 0
        63 hardFraud never 0 0 0
        94 duplicate afterLookUp 0 0 0
        R01 softFunds wait 0 3 2
        R09 softFunds wait 0 3 2
        R02 hardClosed never 0 0 0
        R03 hardClosed never 0 0 0
        R04 hardClosed never 0 0 0
        R05 hardRevoked never 0 0 0
        R07 hardRevoked never 0 0 0
        R08 stopPayment afterAuthentication 0 0 0
        R10 hardRevoked never 0 0 0
        R11 hardRevoked never 0 0 0
        R16 hardClosed never 0 0 0
        R20 hardClosed never 0 0 0
        R29 hardRevoked never 0 0 0
        R51 hardRevoked never 0 0 0
        AM04 softFunds wait 10080 0 2
        AM06 softFunds wait 10080 0 2
        MS03 softGeneric once 10080 0 1
        MS02 stopPayment afterAuthentication 0 0 0
        AC01 badCredential never 0 0 0
        AC04 hardClosed never 0 0 0
        AC06 hardBlocked never 0 0 0
        MD01 hardRevoked never 0 0 0
        MD06 dispute afterOperator 0 0 0
        MD07 deceased never 0 0 0
        AM05 duplicate afterLookUp 0 0 0
        MD02 merchantConfiguration afterOperator 0 0 0
        MD16 merchantConfiguration afterOperator 0 0 0
        MD17 merchantConfiguration afterOperator 0 0 0
        AG01 merchantConfiguration afterOperator 0 0 0
        AG02 merchantConfiguration afterOperator 0 0 0
        RC01 merchantConfiguration afterOperator 0 0 0
        FF05 merchantConfiguration afterOperator 0 0 0
        SL01 merchantConfiguration afterOperator 0 0 0
        TM01 technicalNetwork backOff 0 1 2
        CNOR technicalNetwork backOff 0 1 2
        DNOR technicalNetwork backOff 0 1 2
        ED05 technicalNetwork backOff 0 1 2
        FOCR technicalNetwork backOff 0 1 2
        """

    /// Codes of one network, the network first.
    static let responsesOfNetworks = """
        mastercard 65 authenticationRequired afterAuthentication 0 0 0
        mastercard 79 lifecycle afterCredentialChange 0 0 0
        mastercard 82 issuerPolicy wait 4320 0 2
        mastercard 83 riskHold afterAuthentication 0 0 0
        bacs 0 softFunds wait 0 5 2
        bacs 1 hardRevoked never 0 0 0
        bacs 2 deceased never 0 0 0
        bacs 3 hardClosed never 0 0 0
        bacs 4 dispute afterOperator 0 0 0
        bacs 5 hardClosed never 0 0 0
        bacs 6 hardRevoked never 0 0 0
        bacs 7 merchantConfiguration afterOperator 0 0 0
        bacs 8 merchantConfiguration afterOperator 0 0 0
        bacs 9 merchantConfiguration afterOperator 0 0 0
        bacs A merchantConfiguration afterOperator 0 0 0
        bacs B hardClosed never 0 0 0
        """

    /// Advice codes beside `insufficient_funds`, with the response code beside them.
    static let advices = """
        01 - softFunds afterCredentialChange 0 0 0
        02 - softFunds wait 4320 0 0
        03 - softFunds never 0 0 0
        04 - softFunds never 0 0 0
        05 - softFunds never 0 0 0
        08 - softFunds never 0 0 0
        21 - hardRevoked never 0 0 0
        22 - merchantConfiguration afterOperator 0 0 0
        24 - softFunds wait 60 0 0
        25 - softFunds wait 1440 0 0
        26 - softFunds wait 2880 0 0
        27 - softFunds wait 5760 0 0
        28 - softFunds wait 8640 0 0
        29 - softFunds wait 11520 0 0
        30 - softFunds wait 14400 0 0
        40 - wrongProduct never 0 0 0
        41 - wrongProduct never 0 0 0
        42 - merchantBlock never 0 0 0
        43 - wrongProduct wait 1440 0 2
        do_not_try_again - softFunds never 0 0 0
        try_again_later - softFunds wait 60 0 0
        confirm_card_data - softFunds afterCredentialChange 0 0 0
        01 65 softFunds afterAuthentication 0 0 0
        01 83 softFunds afterAuthentication 0 0 0
        01 79 softFunds afterCredentialChange 0 0 0
        01 82 softFunds afterCredentialChange 0 0 0
        03 83 softFunds never 0 0 0
        02 82 softFunds wait 4320 0 0
        """
}

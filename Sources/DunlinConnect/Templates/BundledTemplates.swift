/// The templates inside the program, by file name: a binary that was moved still has them.
enum BundledTemplates {
    static let files: [(name: String, bytes: [UInt8])] = [
        ("layout.mustache", PackageResources.layout_mustache),
        ("phrases.en.mustache", PackageResources.phrases_en_mustache),
        ("phrases.en-GB.mustache", PackageResources.phrases_en_GB_mustache),
        ("phrases.es.mustache", PackageResources.phrases_es_mustache),
        ("phrases.es-MX.mustache", PackageResources.phrases_es_MX_mustache),
        ("payment_failed.en.mustache", PackageResources.payment_failed_en_mustache),
        ("payment_failed.es.mustache", PackageResources.payment_failed_es_mustache),
        ("payment_reminder.en.mustache", PackageResources.payment_reminder_en_mustache),
        ("payment_reminder.es.mustache", PackageResources.payment_reminder_es_mustache),
        ("card_update_needed.en.mustache", PackageResources.card_update_needed_en_mustache),
        ("card_update_needed.es.mustache", PackageResources.card_update_needed_es_mustache),
        ("authentication_needed.en.mustache", PackageResources.authentication_needed_en_mustache),
        ("authentication_needed.es.mustache", PackageResources.authentication_needed_es_mustache),
        ("final_notice.en.mustache", PackageResources.final_notice_en_mustache),
        ("final_notice.es.mustache", PackageResources.final_notice_es_mustache),
        ("access_suspended.en.mustache", PackageResources.access_suspended_en_mustache),
        ("access_suspended.es.mustache", PackageResources.access_suspended_es_mustache),
        ("payment_recovered.en.mustache", PackageResources.payment_recovered_en_mustache),
        ("payment_recovered.es.mustache", PackageResources.payment_recovered_es_mustache),
        ("keep_or_cancel.en.mustache", PackageResources.keep_or_cancel_en_mustache),
        ("keep_or_cancel.es.mustache", PackageResources.keep_or_cancel_es_mustache),
        ("card_expiring.en.mustache", PackageResources.card_expiring_en_mustache),
        ("card_expiring.es.mustache", PackageResources.card_expiring_es_mustache),
        ("upcoming_charge.en.mustache", PackageResources.upcoming_charge_en_mustache),
        ("upcoming_charge.es.mustache", PackageResources.upcoming_charge_es_mustache),
        ("opt_out_confirmed.en.mustache", PackageResources.opt_out_confirmed_en_mustache),
        ("opt_out_confirmed.es.mustache", PackageResources.opt_out_confirmed_es_mustache),
    ]

    /// The forbidden words by language.
    static let forbiddenWords: [(language: String, bytes: [UInt8])] = [
        ("en", PackageResources.forbidden_en_txt), ("es", PackageResources.forbidden_es_txt),
    ]
}

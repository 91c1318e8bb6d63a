extension WindowsZones {
    /// The Windows name of a zone by its IANA name, also an older or newer spelling of it; nil for zones that have none
    /// (`Antarctica/Troll`) and for names that nobody knows.
    package static func windows(_ identifier: String) -> String? {
        switch identifier {
        case "UTC", "GMT", "Etc/UTC", "Etc/GMT": "UTC"
        default: byIdentifier[identifier] ?? otherSpelling(of: identifier).flatMap { byIdentifier[$0] }
        }
    }

    private static let byIdentifier: [String: String] = {
        var table: [String: String] = [:]
        for row in (rows + "\n" + territoryRows).split(separator: "\n") {
            let parts = row.split(separator: "=")
            for identifier in parts[1].split(separator: " ") { table[String(identifier)] = String(parts[0]) }
        }
        return table
    }()

    /// The zones beside territory 001, of the same table (Unicode CLDR 48.2, windowsZones.xml; none has two names).
    private static let territoryRows = """
        AUS Eastern Standard Time=Australia/Melbourne
        Alaskan Standard Time=America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat
        Arab Standard Time=Asia/Bahrain Asia/Kuwait Asia/Qatar Asia/Aden
        Arabian Standard Time=Asia/Muscat Etc/GMT-4
        Argentina Standard Time=America/Argentina/La_Rioja America/Argentina/Rio_Gallegos America/Argentina/Salta
        Argentina Standard Time=America/Argentina/San_Juan America/Argentina/San_Luis America/Argentina/Tucuman
        Argentina Standard Time=America/Argentina/Ushuaia America/Catamarca America/Cordoba America/Jujuy
        Argentina Standard Time=America/Mendoza
        Astrakhan Standard Time=Europe/Ulyanovsk
        Atlantic Standard Time=Atlantic/Bermuda America/Glace_Bay America/Goose_Bay America/Moncton America/Thule
        Azores Standard Time=America/Scoresbysund
        Bangladesh Standard Time=Asia/Thimphu
        Canada Central Standard Time=America/Swift_Current
        Cape Verde Standard Time=Etc/GMT+1
        Cen. Australia Standard Time=Australia/Broken_Hill
        Central America Standard Time=America/Belize America/Costa_Rica Pacific/Galapagos America/Tegucigalpa
        Central America Standard Time=America/Managua America/El_Salvador Etc/GMT+6
        Central Asia Standard Time=Antarctica/Vostok Asia/Urumqi Indian/Chagos Etc/GMT-6
        Central Brazilian Standard Time=America/Campo_Grande
        Central Europe Standard Time=Europe/Tirane Europe/Prague Europe/Podgorica Europe/Belgrade Europe/Ljubljana
        Central Europe Standard Time=Europe/Bratislava
        Central European Standard Time=Europe/Sarajevo Europe/Zagreb Europe/Skopje
        Central Pacific Standard Time=Antarctica/Casey Pacific/Ponape Pacific/Kosrae Pacific/Noumea Pacific/Efate
        Central Pacific Standard Time=Etc/GMT-11
        Central Standard Time=America/Winnipeg America/Rankin_Inlet America/Resolute America/Matamoros
        Central Standard Time=America/Ojinaga America/Indiana/Knox America/Indiana/Tell_City America/Menominee
        Central Standard Time=America/North_Dakota/Beulah America/North_Dakota/Center
        Central Standard Time=America/North_Dakota/New_Salem
        Central Standard Time (Mexico)=America/Bahia_Banderas America/Merida America/Monterrey America/Chihuahua
        China Standard Time=Asia/Hong_Kong Asia/Macau
        E. Africa Standard Time=Antarctica/Syowa Africa/Djibouti Africa/Asmera Africa/Addis_Ababa Indian/Comoro
        E. Africa Standard Time=Indian/Antananarivo Africa/Mogadishu Africa/Dar_es_Salaam Africa/Kampala
        E. Africa Standard Time=Indian/Mayotte Etc/GMT-3
        E. Australia Standard Time=Australia/Lindeman
        Eastern Standard Time=America/Nassau America/Toronto America/Iqaluit America/Detroit
        Eastern Standard Time=America/Indiana/Petersburg America/Indiana/Vincennes America/Indiana/Winamac
        Eastern Standard Time=America/Kentucky/Monticello America/Louisville
        FLE Standard Time=Europe/Mariehamn Europe/Sofia Europe/Tallinn Europe/Helsinki Europe/Vilnius Europe/Riga
        GMT Standard Time=Atlantic/Canary Atlantic/Faeroe Europe/Guernsey Europe/Dublin Europe/Isle_of_Man
        GMT Standard Time=Europe/Jersey Europe/Lisbon Atlantic/Madeira
        GTB Standard Time=Asia/Nicosia Asia/Famagusta Europe/Athens
        Greenwich Standard Time=Africa/Ouagadougou Africa/Abidjan Africa/Accra America/Danmarkshavn Africa/Banjul
        Greenwich Standard Time=Africa/Conakry Africa/Bissau Africa/Monrovia Africa/Bamako Africa/Nouakchott
        Greenwich Standard Time=Atlantic/St_Helena Africa/Freetown Africa/Dakar Africa/Lome
        Hawaiian Standard Time=Pacific/Rarotonga Pacific/Tahiti Etc/GMT+10
        Line Islands Standard Time=Etc/GMT-14
        Magallanes Standard Time=America/Coyhaique
        Mauritius Standard Time=Indian/Reunion Indian/Mahe
        Morocco Standard Time=Africa/El_Aaiun
        Mountain Standard Time=America/Edmonton America/Cambridge_Bay America/Inuvik America/Ciudad_Juarez
        Mountain Standard Time=America/Boise
        Myanmar Standard Time=Indian/Cocos
        New Zealand Standard Time=Antarctica/McMurdo
        North Asia Standard Time=Asia/Novokuznetsk
        Pacific Standard Time=America/Vancouver
        Romance Standard Time=Europe/Brussels Europe/Copenhagen Europe/Madrid Africa/Ceuta
        Russia Time Zone 11=Asia/Anadyr
        Russian Standard Time=Europe/Kirov Europe/Simferopol
        SA Eastern Standard Time=Antarctica/Rothera Antarctica/Palmer America/Fortaleza America/Belem
        SA Eastern Standard Time=America/Maceio America/Recife America/Santarem Atlantic/Stanley America/Paramaribo
        SA Eastern Standard Time=Etc/GMT+3
        SA Pacific Standard Time=America/Rio_Branco America/Eirunepe America/Coral_Harbour America/Guayaquil
        SA Pacific Standard Time=America/Jamaica America/Cayman America/Panama America/Lima Etc/GMT+5
        SA Western Standard Time=America/Antigua America/Anguilla America/Aruba America/Barbados
        SA Western Standard Time=America/St_Barthelemy America/Kralendijk America/Manaus America/Boa_Vista
        SA Western Standard Time=America/Porto_Velho America/Blanc-Sablon America/Curacao America/Dominica
        SA Western Standard Time=America/Santo_Domingo America/Grenada America/Guadeloupe America/Guyana
        SA Western Standard Time=America/St_Kitts America/St_Lucia America/Marigot America/Martinique
        SA Western Standard Time=America/Montserrat America/Puerto_Rico America/Lower_Princes America/Port_of_Spain
        SA Western Standard Time=America/St_Vincent America/Tortola America/St_Thomas Etc/GMT+4
        SE Asia Standard Time=Antarctica/Davis Indian/Christmas Asia/Jakarta Asia/Pontianak Asia/Phnom_Penh
        SE Asia Standard Time=Asia/Vientiane Asia/Saigon Etc/GMT-7
        Singapore Standard Time=Asia/Brunei Asia/Makassar Asia/Kuala_Lumpur Asia/Kuching Asia/Manila Etc/GMT-8
        South Africa Standard Time=Africa/Bujumbura Africa/Gaborone Africa/Lubumbashi Africa/Maseru Africa/Blantyre
        South Africa Standard Time=Africa/Maputo Africa/Kigali Africa/Mbabane Africa/Lusaka Africa/Harare Etc/GMT-2
        Tasmania Standard Time=Antarctica/Macquarie
        Tokyo Standard Time=Asia/Jayapura Pacific/Palau Asia/Dili Etc/GMT-9
        US Eastern Standard Time=America/Indiana/Marengo America/Indiana/Vevay
        US Mountain Standard Time=America/Creston America/Dawson_Creek America/Fort_Nelson America/Hermosillo
        US Mountain Standard Time=Etc/GMT+7
        UTC=Etc/GMT
        UTC+12=Pacific/Tarawa Pacific/Majuro Pacific/Kwajalein Pacific/Nauru Pacific/Funafuti Pacific/Wake
        UTC+12=Pacific/Wallis
        UTC+13=Pacific/Enderbury Pacific/Fakaofo
        UTC-02=America/Noronha Atlantic/South_Georgia
        UTC-08=Pacific/Pitcairn
        UTC-09=Pacific/Gambier
        UTC-11=Pacific/Pago_Pago Pacific/Niue Pacific/Midway
        Vladivostok Standard Time=Asia/Ust-Nera
        W. Central Africa Standard Time=Africa/Luanda Africa/Porto-Novo Africa/Kinshasa Africa/Bangui
        W. Central Africa Standard Time=Africa/Brazzaville Africa/Douala Africa/Algiers Africa/Libreville
        W. Central Africa Standard Time=Africa/Malabo Africa/Niamey Africa/Ndjamena Africa/Tunis Etc/GMT-1
        W. Europe Standard Time=Europe/Andorra Europe/Vienna Europe/Zurich Europe/Busingen Europe/Gibraltar
        W. Europe Standard Time=Europe/Rome Europe/Vaduz Europe/Luxembourg Europe/Monaco Europe/Malta
        W. Europe Standard Time=Europe/Amsterdam Europe/Oslo Europe/Stockholm Arctic/Longyearbyen Europe/San_Marino
        W. Europe Standard Time=Europe/Vatican
        West Asia Standard Time=Antarctica/Mawson Asia/Oral Asia/Almaty Asia/Aqtau Asia/Aqtobe Asia/Atyrau
        West Asia Standard Time=Asia/Qostanay Indian/Maldives Indian/Kerguelen Asia/Dushanbe Asia/Ashgabat
        West Asia Standard Time=Asia/Samarkand Etc/GMT-5
        West Bank Standard Time=Asia/Gaza
        West Pacific Standard Time=Antarctica/DumontDUrville Pacific/Truk Pacific/Guam Pacific/Saipan Etc/GMT-10
        Yakutsk Standard Time=Asia/Khandyga
        Yukon Standard Time=America/Dawson
        """
}

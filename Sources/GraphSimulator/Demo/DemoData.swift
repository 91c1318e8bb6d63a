/// The demo: three directories, people and rooms with calendars that look like somebody's.
///
/// Dates hang on the Monday of the week in which the simulator starts, so that a demo always has something going on.
/// `GET /control/demo` lists the mailboxes with ready-made tokens, and a tenant and resource to connect each as.
struct DemoData {
    let world: World

    func fill() {
        acme()
        smile()
        lingua()
        shareAndBook()
    }

    /// What a person needs to play with it.
    func summary() -> JSON {
        [
            "clientId": .string(world.options.clientID), "clientSecret": .string(world.options.clientSecret),
            "now": .string(world.now.iso),
            "directories": .array(
                world.directories.map {
                    ["id": .string($0.id), "name": .string($0.name), "domain": .string($0.domain)]
                }),
            "mailboxes": .array(world.demo.map { withTokens($0.about, grant: $0.grant) }),
        ]
    }

    /// Fresh tokens each time: a demo that is kept open for hours stays usable.
    private func withTokens(_ about: JSON, grant: Int) -> JSON {
        guard var object = about.object, let access = world.issueAccessToken(grant: grant) else { return about }
        object["accessToken"] = .string(access.access)
        object["expiresIn"] = JSON(access.expiresIn)
        object["refreshToken"] = .string(world.issueRefreshToken(grant: grant))
        return .object(object)
    }

    // MARK: The directories

    /// A company in Berlin with rooms: app-only, room by room.
    private func acme() {
        let directory = world.addDirectory(name: "Acme GmbH", domain: "acme.example")
        let berlin = "W. Europe Standard Time"
        let room = mailbox(
            "Room Tegel", "tegel@acme.example", berlin, kind: .room, resource: "room-tegel", in: directory)
        room.weekly("Sales stand-up", [.monday, .wednesday, .friday], "09:30", 15)
        room.weekly("Board", [.thursday], "14:00", 120, sensitivity: "private")
        room.single("Interview: backend engineer", day: 1, "11:00", 60)
        room.single("Interview: designer", day: 3, "10:00", 45, showAs: "tentative")
        room.allDay("Painters", day: 12, days: 2, showAs: "oof")
        let second = mailbox(
            "Room Tempelhof", "tempelhof@acme.example", berlin, kind: .room, resource: "room-tempelhof", in: directory)
        second.weekly("Retrospective", [.friday], "15:00", 60, interval: 2)
        second.single("Customer visit: Globex", day: 2, "13:00", 180)
        let person = mailbox("Katrin Vogel", "katrin.vogel@acme.example", berlin, resource: "katrin", in: directory)
        person.weekly("1:1 with Jonas", [.tuesday], "10:00", 30)
        person.weekly(
            "Focus", [.monday, .tuesday, .wednesday, .thursday, .friday], "08:00", 60, showAs: "workingElsewhere")
        person.single("Dentist", day: 4, "16:30", 45, sensitivity: "private")
        person.allDay("Holiday", day: 21, days: 5, showAs: "oof")
        person.allDay("Jonas's birthday", day: 9, days: 1, showAs: "free")
    }

    /// A dental practice on both coasts of the US.
    private func smile() {
        let directory = world.addDirectory(name: "Bright Smile Dental", domain: "brightsmile.example")
        let york = "Eastern Standard Time"
        let patel = mailbox("Dr. Anika Patel", "a.patel@brightsmile.example", york, resource: "dr-patel", in: directory)
        patel.weekly("Lunch", [.monday, .tuesday, .wednesday, .thursday, .friday], "12:00", 45)
        patel.weekly("Surgery block", [.tuesday, .thursday], "07:30", 240)
        patel.monthly("Practice meeting", .first, .wednesday, "17:00", 60)
        patel.single("Root canal: M. Jones", day: 0, "09:00", 90, sensitivity: "private")
        patel.single("Check-up: L. Park", day: 0, "11:00", 30, sensitivity: "private")
        patel.single("Conference call with the lab", day: 2, "16:00", 30, showAs: "tentative")
        let brown = mailbox(
            "Dr. Marcus Brown", "m.brown@brightsmile.example", "Pacific Standard Time", resource: "dr-brown",
            in: directory)
        brown.weekly("Clinic hours closed", [.wednesday], "08:00", 540, showAs: "oof")
        brown.single("Implant consultation", day: 1, "10:30", 60)
        brown.allDay("Dental congress, Chicago", day: 8, days: 3, showAs: "oof")
        brown.single("Flight to Chicago", day: 7, "21:00", 300, showAs: "oof")
    }

    /// A language school with teachers from Kyiv to Auckland.
    private func lingua() {
        let directory = world.addDirectory(name: "Lingua School", domain: "lingua.example")
        let olena = mailbox(
            "Olena Kovalenko", "olena@lingua.example", "FLE Standard Time", resource: "olena", in: directory)
        olena.weekly("Ukrainian A1", [.monday, .wednesday], "18:00", 90)
        olena.weekly("Ukrainian B2", [.saturday], "10:00", 120)
        olena.single("Exam board", day: 4, "15:00", 120)
        olena.allDay("Orthodox Easter", day: 16, days: 1, showAs: "free")
        let mateo = mailbox(
            "Mateo García", "mateo@lingua.example", "Romance Standard Time", resource: "mateo", in: directory)
        mateo.weekly("Español para principiantes", [.tuesday, .thursday], "19:00", 60)
        mateo.weekly("Tutoría", [.friday], "12:00", 30, showAs: "tentative")
        mateo.single("Cena 🎉", day: 5, "21:30", 150, showAs: "free")
        let aroha = mailbox(
            "Aroha Ngata", "aroha@lingua.example", "New Zealand Standard Time", resource: "aroha", in: directory)
        aroha.weekly("Te reo Māori", [.monday, .tuesday], "09:00", 60)
        aroha.monthly("Staff day", .last, .friday, "09:00", 420)
        aroha.allDay("Waitangi Day", day: 14, days: 1, showAs: "oof")
    }

    /// A calendar open to somebody else, a meeting between two people and a room, a calendar that can't be written.
    private func shareAndBook() {
        guard let katrin = world.mailbox("katrin.vogel@acme.example"), let tegel = world.mailbox("tegel@acme.example"),
            let folder = tegel.defaultFolder
        else { return }
        folder.roles[katrin.id] = "write"
        let shared = katrin.addFolder(name: "Room Tegel", change: world.nextChange())
        shared.link = CalendarFolder.Link(ownerID: tegel.id, folder: folder.number)
        let holidays = katrin.addFolder(name: "Feiertage in Deutschland", change: world.nextChange())
        holidays.canEdit = false
        holidays.isRemovable = false
        guard let view = katrin.defaultFolder.flatMap({ world.view(of: $0, in: katrin) }) else { return }
        let calendar = DemoCalendar(world: world, mailbox: katrin)
        var content = calendar.content("Project kick-off", day: 1, "15:00", 60, Weekly.none, showAs: "busy")
        content.attendees = [
            Attendee(person: Person(name: "Room Tegel", address: "tegel@acme.example"), type: "resource"),
            Attendee(person: Person(name: "Jonas Weber", address: "jonas.weber@acme.example")),
        ]
        let item = world.insertEvent(content, in: katrin, folder: view.store)
        Meetings(world: world).invite(to: item, from: katrin)
    }

    private func mailbox(
        _ name: String, _ address: String, _ zone: String, kind: Mailbox.Kind = .user, resource: String,
        in directory: Directory
    ) -> DemoCalendar {
        let mailbox = world.createMailbox(
            address: address, name: name, directory: directory.id, kind: kind, timeZone: zone)
        let grant = world.login.addGrant(app: world.options.clientID, mailbox: mailbox.id, scopes: World.usualScopes)
        let tenant = directory.domain.split(separator: ".").first.map(String.init) ?? directory.domain
        let about: JSON = [
            "tenantId": .string(tenant), "resourceId": .string(resource), "mailbox": .string(address),
            "name": .string(name), "timeZone": .string(zone), "directory": .string(directory.id),
            "userId": .string(mailbox.id),
        ]
        world.demo.append((about, grant))
        return DemoCalendar(world: world, mailbox: mailbox)
    }
}

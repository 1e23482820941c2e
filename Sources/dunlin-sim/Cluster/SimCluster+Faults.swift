import DunlinCluster
import DunlinPorts
import DunlinTesting

// What goes wrong with machines, disks, clocks and networks.

extension SimCluster {
    /// A wall clock's step that nobody minds.
    static let slightStepMsMax: Int64 = 5000
    /// Far beyond what a late message makes of a clock.
    private static let wideStepMsMin: Int64 = 120_000
    private static let wideStepMsMax = UInt64(10 * 86_400_000)
    /// A lease that was in force when a process died is surely over by then.
    private static let silenceMs: Int64 = 4400

    func planFault() {
        let wait = 200 + Int64(self.scheduler.random.below(self.mix.faultEveryMsMax))
        self.scheduler.after(ms: wait, survives: true) {
            guard self.isStorming else { return }
            self.strike()
            self.planFault()
        }
    }

    /// For how long something is broken, in ms; mostly short.
    private func spell(_ longMs: UInt64) -> Int64 {
        let isLong = self.scheduler.random.chance(permille: 300)
        return 50 + Int64(self.scheduler.random.below(isLong ? longMs : longMs / 8))
    }

    private func strike() {
        let name = self.names[Int(self.scheduler.random.below(3))]
        let other = self.names[Int(self.scheduler.random.below(3))]
        guard let seat = self.seats[name] else { return }
        self.scheduler.mix(UInt64(name.utf8.first ?? 0))
        switch self.mix.fault(&self.scheduler.random) {
        case .crash: self.crash(seat)
        case .loseDisk: self.replaceDisk(seat, byOlder: false)
        case .olderDisk: self.replaceDisk(seat, byOlder: true)
        case .pause: self.pause(seat)
        case .partFromCoordinator: self.part(name, SimCoordinator.name)
        case .partNodes: if name != other { self.part(name, other) }
        case .fullDisk:
            self.tell("\(name)'s disk is full")
            seat.disk.journal.failNext(with: StoreError(.full, operation: "append batch"))
        case .failSync: self.failSync(seat)
        case .doubtfulAppend:
            self.tell("\(name)'s journal keeps a group and says that it failed")
            seat.disk.journal.failNextAfterStoring(
                with: StoreError(.failed, operation: "append batch"))
        case .stopCoordinator: self.stopCoordinator()
        case .move: self.move(to: seat)
        case .restart: self.restart(seat)
        case .stepClock: self.stepClock(seat)
        case .strand: self.strand()
        }
    }

    // MARK: Processes and disks

    private func crash(_ seat: SimSeat) {
        guard seat.isRunning else { return }
        self.report.crashes += 1
        self.tell("\(seat.id) dies")
        seat.kill()
        self.scheduler.after(ms: self.spell(12_000), survives: true) { seat.boot() }
    }

    private func failSync(_ seat: SimSeat) {
        guard seat.isRunning, self.isDispensable(seat) else { return }
        self.report.crashes += 1
        self.tell("\(seat.id)'s disk fails to sync")
        self.disksLost += 1
        seat.kill(isSuspect: true)
        self.scheduler.after(ms: self.spell(12_000), survives: true) { seat.boot() }
    }

    /// The process dies and its disk is another one, if nothing is lost by that: a cluster is to bear
    /// one fault at a time. Mostly only when nobody can take the node for alive any more: else it may
    /// be elected while its disk is gone already.
    private func replaceDisk(_ seat: SimSeat, byOlder: Bool) {
        guard seat.isRunning, self.isDispensable(seat) else { return }
        self.report.crashes += 1
        self.tell("\(seat.id) dies")
        seat.kill()
        let isSudden = self.scheduler.random.chance(permille: 250)
        let wait = isSudden ? 0 : Self.silenceMs + self.spell(8000)
        self.scheduler.after(ms: wait, survives: true) {
            if !seat.isRunning, self.isDispensable(seat) {
                self.tell("\(seat.id) has \(byOlder ? "an older" : "another") disk")
                seat.replaceDisk(byOlder: byOlder)
                self.disksLost += 1
            }
            self.scheduler.after(ms: self.spell(8000), survives: true) { seat.boot() }
        }
    }

    /// Every shard has another complete copy on a disk that is there: losing this one may lose
    /// nothing.
    private func isDispensable(_ seat: SimSeat) -> Bool {
        self.coordinator.map.shards.allSatisfy { shard in
            guard shard.epoch > 0, shard.condition == .normal else { return false }
            return shard.inSync.contains { member in
                guard let other = self.seats[member.node.name], member.node != seat.id else {
                    return false
                }
                return other.member == member && !other.isSuspect
            }
        }
    }

    private func pause(_ seat: SimSeat) {
        guard let process = seat.process else { return }
        process.isPaused = true
        self.tell("\(seat.id) is paused")
        self.scheduler.after(ms: self.spell(12_000), survives: true) { self.resume(process) }
    }

    func resume(_ process: SimProcess) {
        guard process.isPaused else { return }
        process.isPaused = false
        self.watch?.resumes()
    }

    private func restart(_ seat: SimSeat) {
        self.tell("\(seat.id) is asked to end")
        seat.stop { self.scheduler.after(ms: self.spell(2000), survives: true) { seat.boot() } }
    }

    private func stepClock(_ seat: SimSeat) {
        let isSlight = self.scheduler.random.chance(permille: 600)
        // One clock at a time: what a majority says is right.
        guard !isSlight, self.seats.values.allSatisfy({ !$0.isWallOff }) else {
            let span = UInt64(Self.slightStepMsMax)
            seat.stepWall(toMs: Int64(self.scheduler.random.below(span * 2)) - Int64(span))
            return self.tell(
                "\(seat.id)'s wall clock is off by \(seat.clocks.wallStepMs) ms")
        }
        let stepMs = Self.wideStepMsMin + Int64(self.scheduler.random.below(Self.wideStepMsMax))
        seat.stepWall(toMs: self.scheduler.random.chance(permille: 500) ? stepMs : -stepMs)
        self.scheduler.after(ms: self.spell(30_000), survives: true) { seat.stepWall(toMs: 0) }
        self.tell("\(seat.id)'s wall clock is off by \(seat.clocks.wallStepMs) ms")
    }

    // MARK: Ways

    private func part(_ from: String, _ other: String) {
        let ways = self.scheduler.random.below(3)
        self.tell("\(from) and \(other) are parted, ways \(ways)")
        if ways != 1 { self.network.cut(from, other) }
        if ways != 0 { self.network.cut(other, from) }
        self.scheduler.after(ms: self.spell(12_000), survives: true) { self.join(from, other) }
    }

    private func partWholly(_ from: String, _ other: String, forMs ms: Int64) {
        self.network.cut(from, other)
        self.network.cut(other, from)
        self.scheduler.after(ms: ms, survives: true) { self.join(from, other) }
    }

    private func join(_ from: String, _ other: String) {
        self.network.mend(from, other)
        self.network.mend(other, from)
    }

    /// A primary lives on in a past that is over for the others: the stage for everything that
    /// epochs, promises and incarnations are for.
    private func strand() {
        let shard = Int(self.scheduler.random.below(UInt64(Self.shards)))
        let configuration = self.coordinator.map.shards[shard]
        guard let primary = configuration.primary?.name,
            let backup = configuration.inSync.first(where: { $0.node.name != primary })?.node.name,
            let seat = self.seats[backup]
        else { return }
        let longMs = 7000 + Int64(self.scheduler.random.below(14_000))
        self.tell("\(primary) is stranded with shard \(shard) for \(longMs) ms")
        self.partWholly(primary, SimCoordinator.name, forMs: longMs)
        for name in self.names where name != primary {
            guard self.scheduler.random.chance(permille: name == backup ? 700 : 500) else {
                continue
            }
            let ms = 2500 + Int64(self.scheduler.random.below(UInt64(longMs)))
            self.partWholly(primary, name, forMs: ms)
        }
        let then = 3200 + Int64(self.scheduler.random.below(4000))
        let act = self.scheduler.random.below(5)
        self.scheduler.after(ms: then, survives: true) {
            guard self.isStorming else { return }
            switch act {
            case 0: self.replaceDisk(seat, byOlder: false)
            case 1: self.crash(seat)
            case 2:
                for other in self.names where other != primary && other != backup {
                    if let id = self.seats[other]?.id {
                        self.coordinator.operate(.move(shard: UInt32(shard), to: id))
                    }
                }
            case 3: self.restart(seat)
            default: break
            }
        }
    }

    // MARK: Coordinator

    private func stopCoordinator() {
        self.coordinator.stop()
        self.tell("the coordinator is gone")
        self.scheduler.after(ms: self.spell(20_000), survives: true) { self.coordinator.start() }
    }

    private func move(to seat: SimSeat) {
        let shard = UInt32(self.scheduler.random.below(UInt64(Self.shards)))
        self.tell("shard \(shard) is to move to \(seat.id)")
        self.coordinator.operate(.move(shard: shard, to: seat.id))
    }
}

tries=0
until $b mount -t ext4 -o ro /dev/vda /root || [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	$b usleep 50000
done
$b umount /proc
$b mount --move /dev /root/dev
exec $b switch_root /root /sbin/init
